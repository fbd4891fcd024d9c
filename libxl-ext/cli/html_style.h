/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the pages of html.h look: light, dark, on a phone and on paper. */
#ifndef XLGPU_HTML_STYLE_H
#define XLGPU_HTML_STYLE_H

#define XLGPU_HTML_STYLE                                                     \
    ":root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;"              \
    "--text:#1b1f24;--soft:#57606a;--line:#d8dee4;"                          \
    "--plain:#eaeef2;--on-plain:#32383f;--free:#d2f4dc;--on-free:#11522a;"   \
    "--held:#d6e7ff;--on-held:#0a3f7d;--waits:#fdecc2;--on-waits:#66430a;"   \
    "--bad:#ffdad6;--on-bad:#86181d}\n"                                      \
    "@media screen and (prefers-color-scheme:dark){:root{--page:#14171b;"    \
    "--card:#1c2026;--text:#e6e8eb;--soft:#a3abb5;--line:#343b44;"           \
    "--plain:#2d333b;--on-plain:#d0d6dc;--free:#14432a;--on-free:#b4f0c8;"   \
    "--held:#173a66;--on-held:#c4dcff;--waits:#4a3510;--on-waits:#fbe0a0;"   \
    "--bad:#5c1c1c;--on-bad:#ffcfca}}\n"                                     \
    "*{box-sizing:border-box}\n"                                             \
    "body{margin:0 auto;max-width:76rem;padding:1.5rem 1rem 3rem;"           \
    "background:var(--page);color:var(--text);"                              \
    "font:1rem/1.5 'Segoe UI',Roboto,'Noto Sans',sans-serif}\n"              \
    "h1{font-size:1.6rem;line-height:1.2;margin:0}\n"                        \
    "p{margin:.5rem 0 .75rem}\n"                                             \
    "h1,p,.t{overflow-wrap:anywhere}\n"                                      \
    ".made{color:var(--soft);font-size:.9rem;margin:.25rem 0 1rem}\n"        \
    ".table{overflow-x:auto;background:var(--card);margin:0 0 1rem;"         \
    "border:1px solid var(--line);border-radius:.5rem}\n"                    \
    "table{border-collapse:collapse;width:100%}\n"                           \
    "caption{text-align:left;padding:.6rem .75rem;font-weight:600}\n"        \
    "th,td{text-align:left;vertical-align:top;padding:.4rem .75rem;"         \
    "border-top:1px solid var(--line);unicode-bidi:isolate}\n"               \
    "thead th{color:var(--soft);font-size:.85rem;font-weight:600}\n"         \
    "tbody th{font-weight:600}\n"                                            \
    "th.n:first-child{width:3.5rem}\n"                                       \
    "th.n:first-child~.t{width:50%}\n"                                       \
    ".t{min-width:10rem}\n"                                                  \
    ".n{text-align:right;font-variant-numeric:tabular-nums}\n"               \
    "td.n,code{white-space:nowrap}\n"                                        \
    "small{display:block;color:var(--soft);font-size:.8rem;"                 \
    "font-weight:400}\n"                                                     \
    ".word{display:inline-block;padding:0 .5rem;border-radius:.6rem;"        \
    "font-size:.85rem;white-space:nowrap}\n"                                 \
    ".bar{display:flex;gap:2px;height:.8rem;min-width:5rem;"                 \
    "margin-top:.35rem;border-radius:.4rem;overflow:hidden;"                 \
    "background:var(--plain)}\n"                                             \
    ".plain{background:var(--plain);color:var(--on-plain)}\n"                \
    ".free{background:var(--free);color:var(--on-free)}\n"                   \
    ".held{background:var(--held);color:var(--on-held)}\n"                   \
    ".waits{background:var(--waits);color:var(--on-waits)}\n"                \
    ".bad{background:var(--bad);color:var(--on-bad)}\n"                      \
    ".bar .held{background:var(--on-held)}"                                  \
    ".bar .waits{background:var(--on-waits)}"                                \
    ".bar .bad{background:var(--on-bad)}\n"                                  \
    "@media screen and (max-width:40rem){body{padding:1rem .5rem 2rem}"      \
    "table,caption,tbody,tr,th,td{display:block}"                            \
    "thead{position:absolute;clip-path:inset(50%)}"                          \
    "tr{border-top:1px solid var(--line);padding:.4rem 0}"                   \
    "tbody th,td,.n{border:0;padding:.1rem .75rem;text-align:left}"          \
    "th.n:first-child,th.n:first-child~.t{width:auto}"                       \
    "td,td.n{padding-left:8.5rem;position:relative;min-height:1.7rem}\n"     \
    "td::before{content:attr(data-is);position:absolute;left:.75rem;"        \
    "color:var(--soft);font-size:.85rem}"                                    \
    "tbody th.n::before{content:attr(data-is) \" \"}}\n"                     \
    "@media print{:root{font-size:11px;--page:#fff;--card:#fff;"             \
    "--text:#000;--soft:#333;--line:#999}"                                   \
    "body{max-width:none;padding:0}"                                         \
    ".table{overflow:visible;border-radius:0}"                               \
    "th,td{padding:.25rem .4rem}"                                            \
    "tr{break-inside:avoid}caption{break-after:avoid}"                       \
    ".word,.bar,.bar i{print-color-adjust:exact;"                            \
    "-webkit-print-color-adjust:exact}}\n"

#endif
