"""Commands that are built for AWS Batch."""

load("@rules_multirun//:defs.bzl", "command_with_transition")

def _aws_batch_platforms_impl(_settings, _attr):
    return {"//command_line_option:platforms": ["//oci:aws_batch"]}

aws_batch_transition = transition(
    implementation = _aws_batch_platforms_impl,
    inputs = [],
    outputs = ["//command_line_option:platforms"],
)

command_aws_batch = command_with_transition(aws_batch_transition)
