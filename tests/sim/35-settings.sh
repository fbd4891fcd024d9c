# shellcheck shell=bash
# Settings and config keys of migration that can't be meant.

machine() { echo 'gpu 0000:41:00.0 id=8086:56c0 driver=xe totalvfs=4'; }

set_up() { export XLGPU_CONF=$SIM_DIR/gpu.conf; }

# wrong LINE: every command says that the file is wrong.
wrong() {
    echo "$1" >"$XLGPU_CONF"
    refused 1 "xl-gpu: $XLGPU_CONF: ${1%% *} is *; see xl-gpu.conf(5)" xl gpu-list
}

test_a_setting_that_can_not_be_meant_is_refused() {
    wrong 'migrate_command = ""'
    wrong 'migrate_command = " "'
    wrong 'migrate_command = [ "ssh" ]'
    wrong 'allow_restart = 2'
    wrong 'allow_restart = "yes"'
    wrong 'save = "maybe"'
    wrong 'save = 1'
    wrong 'tracker = "iommu"'
    wrong 'tracker = [ "content" ]'
}

test_settings_of_migration_are_taken() {
    printf '%s\n' 'migrate_command = "ssh -p 2222"' 'allow_restart = 1' 'save = "allow"' \
        'tracker = "content"' >"$XLGPU_CONF"
    ok xl gpu-list >/dev/null
}

test_a_config_with_unknown_ways_to_move_is_refused() {
    ok xl gpu-partition 0000:41:00.0 4 >/dev/null
    refused 2 '*gpu_migrate is not a list of*' xl create "$(guest g 'gpu_migrate = [ "freeze" ]')"
    refused 2 '*gpu_migrate is not a list of*' xl create "$(guest g 'gpu_migrate = "live"')"
    refused 2 '*gpu_state is neither*' xl create "$(guest g 'gpu_state = "host"')"
    ok xl create "$(guest g 'gpu_migrate = [ "live", "hotplug" ]' 'gpu_state = "guest"')" >/dev/null
}
