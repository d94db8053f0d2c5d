"""Packages that depend on each other in a circle, which Bazel's targets can't: the circle is one target, and every
member takes of it what it needs, as a whole."""

load("//python/private:environment.bzl", "ENVIRONMENT_ATTRS", "environment_of")
load("//python/private:package_providers.bzl", "holds", "package_providers")
load("//python/private:providers.bzl", "OfiucoInfo", "OfiucoPackageInfo")
load("//python/private:reachable.bzl", "reachable")

_CycleInfo = provider(
    doc = "A circle of packages. Read by package_member.",
    fields = {
        "edges": "dict: name of a member to the list of names it depends on, in the circle, on this platform.",
        "members": "dict: name of a member to its target.",
        "outside": "dict: name of a member to the list of targets out of the circle that it depends on, on this platform.",
    },
)

def _package_cycle_impl(ctx):
    environment = environment_of(ctx)
    edges = {}
    for start, ends in json.decode(ctx.attr.edges).items():
        edges[start] = [end for end, marker in ends.items() if holds(ctx.label, marker, environment)]
    deps = {dep.label.name: dep for dep in ctx.attr.deps}
    outside = {}
    for start, labels in json.decode(ctx.attr.outside or "{}").items():
        outside[start] = [
            deps[label.split(":")[-1]]
            for label, marker in labels.items()
            if holds(ctx.label, marker, environment)
        ]
    members = {name: target for target, name in ctx.attr.members.items()}
    return [_CycleInfo(edges = edges, members = members, outside = outside)]

package_cycle = rule(
    implementation = _package_cycle_impl,
    doc = "Packages that depend on each other in a circle.",
    attrs = dict({
        "deps": attr.label_list(doc = "What the members depend on out of the circle, on any platform.", providers = [OfiucoInfo]),
        "edges": attr.string(
            doc = "JSON object: member to an object of members it depends on to their markers. `name[extra]` may be a node too.",
            mandatory = True,
        ),
        "members": attr.label_keyed_string_dict(doc = "The packages, without what they depend on, to their names.", providers = [OfiucoInfo]),
        "outside": attr.string(doc = "JSON object: member to an object of labels of `deps` to their markers."),
    }, **ENVIRONMENT_ATTRS),
)

def _package_member_impl(ctx):
    cycle = ctx.attr.cycle[_CycleInfo]
    start = ctx.attr.start
    if start not in cycle.edges:
        fail("%s: %s has no member %r: one of %s" % (ctx.label, ctx.attr.cycle.label, start, ", ".join(sorted(cycle.edges))))
    names = reachable(cycle.edges, start)
    deps = [cycle.members[name] for name in names if name in cycle.members]
    for name in names:
        deps += cycle.outside.get(name, [])
    own = cycle.members.get(start.partition("[")[0])
    return package_providers(ctx, own[OfiucoPackageInfo] if own else None, deps)

package_member = rule(
    implementation = _package_member_impl,
    doc = "One package of a circle, with all it needs of the circle and out of it.",
    attrs = {
        "cycle": attr.label(doc = "The circle, a rule `package_cycle`.", mandatory = True, providers = [_CycleInfo]),
        "start": attr.string(doc = "The name of the package, a key of the circle's `edges`.", mandatory = True),
    },
)
