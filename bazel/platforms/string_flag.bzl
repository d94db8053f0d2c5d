"""Flags that say of a target what its platform leaves open."""

StringFlagInfo = provider(
    doc = "The value of a flag. Read by the environment.",
    fields = {"value": "string: the value, \"\" when it is not set."},
)

def _string_flag_impl(ctx):
    return [StringFlagInfo(value = ctx.build_setting_value)]

string_flag = rule(
    implementation = _string_flag_impl,
    build_setting = config.string(flag = True),
    doc = "A flag that holds a text.",
)
