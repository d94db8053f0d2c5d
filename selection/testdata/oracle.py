"""What the tools that wrote a lock take of it on a target, for oracle_test.go.

Standard input is one JSON object:

  uv         the path of uv
  locks      a list of {folder, format}: the folder has pyproject.toml and the lock
  targets    a list of {environment, tags}
  choices    for each lock a list of {extras, groups, only, bare}

Standard output has, for each lock, for each target and choice, a line of JSON: {packages, files}, or {error}.
packages are "name version" sorted, files the names of the files taken, in that order: "-" where none fits, ""
where the oracle is not asked.

  poetry.lock       Poetry's own Installer with a recording executor, and its Chooser for the files
  uv.lock           uv export, whose markers packaging evaluates
  requirements.txt  packaging evaluates the markers
  pylock.toml       packaging's Pylock.select
  pdm.lock          no PDM here: packaging evaluates the markers that it writes
"""

import json
import logging
import subprocess
import sys
import tomllib
import warnings
from functools import cache
from pathlib import Path

from packaging.markers import Marker
from packaging.pylock import Pylock, PylockSelectError
from packaging.requirements import Requirement
from packaging.tags import Tag
from packaging.utils import canonicalize_name, parse_sdist_filename

warnings.simplefilter("ignore")
logging.disable()
question = json.load(sys.stdin)
requirement, marker = cache(Requirement), cache(Marker)


def answer(pairs):
    pairs = sorted(pairs)
    return {"packages": [pair[0] for pair in pairs], "files": [pair[1] for pair in pairs]}


def chosen(lines, environment):
    for line in lines:
        wanted = requirement(line)
        if wanted.marker and not wanted.marker.evaluate(environment):
            continue
        pinned = [s.version for s in wanted.specifier]
        yield f"{canonicalize_name(wanted.name)} {pinned[0] if pinned else ''}".strip(), ""


def requirement_lines(text):
    for line in text.replace("\\\n", " ").splitlines():
        line = line.split(" --hash")[0].strip()
        if line and not line.startswith("#"):
            yield line


def of_requirements(folder, targets, choices):
    lines = list(requirement_lines((folder / "requirements.txt").read_text()))
    for target in targets:
        for _ in choices:
            yield answer(chosen(lines, target["environment"]))


@cache
def uv_export(folder, arguments):
    run = subprocess.run(
        [question["uv"], "export", "--offline", "--quiet", "--no-config", "--frozen", "--no-hashes", "--no-header",
         "--no-annotate", "--no-emit-project", "--format=requirements-txt", *arguments],
        cwd=folder, capture_output=True, text=True,
    )
    return (None, run.stderr) if run.returncode else (list(named(folder, requirement_lines(run.stdout))), "")


def named(folder, lines):
    """Requirements in which a source tree has its name and every URL its version, of which uv.lock knows both."""
    packages = tomllib.loads((folder / "uv.lock").read_text())["package"]
    for line in lines:
        subject, _, condition = line.partition(" ; ")
        subject = subject.removeprefix("-e ")
        for package in packages:
            source = package["source"]
            path = source.get("editable") or source.get("directory") or source.get("path") or source.get("virtual")
            direct = any(key in source for key in ("git", "url"))
            if path and Path(path) == Path(subject) or direct and subject.startswith(package["name"] + " @ "):
                subject = package["name"] + ("==" + package["version"] if "version" in package else "")
        yield f"{subject} ; {condition}" if condition else subject


def of_uv(folder, targets, choices):
    for target in targets:
        for choice in choices:
            arguments = [f"--extra={e}" for e in choice["extras"]]
            arguments += [f"--{'only-' * choice['only']}group={g}" for g in choice["groups"]]
            if choice["bare"]:
                arguments.append("--no-default-groups")
            lines, problem = uv_export(folder, tuple(arguments))
            yield {"error": problem} if problem else answer(chosen(lines, target["environment"]))


def of_pylock(folder, targets, choices):
    document = Pylock.from_dict(tomllib.loads((folder / "pylock.toml").read_text()))
    for target in targets:
        tags = [Tag(*tag.split("-")) for tag in target["tags"]]
        for choice in choices:
            groups = list(document.default_groups or []) if not choice["bare"] else []
            groups = choice["groups"] if choice["only"] else groups + choice["groups"]
            try:
                taken = list(document.select(
                    environment=target["environment"], tags=tags, extras=choice["extras"], dependency_groups=groups))
            except PylockSelectError as problem:
                yield {"error": str(problem)}
                continue
            yield answer((f"{p.name} {version_of(p)}".strip(), getattr(f, "filename", "")) for p, f in taken)


def version_of(package):
    """The version that a package says, or else its sdist."""
    if package.version is None and package.sdist:
        return parse_sdist_filename(package.sdist.filename)[1]
    return package.version or ""


def of_pdm(folder, targets, choices):
    packages = tomllib.loads((folder / "pdm.lock").read_text())["package"]
    for target in targets:
        for choice in choices:
            groups = {g for g in choice["groups"]} | set(choice["extras"])
            if not choice["only"]:
                groups |= {"default"} | (set() if choice["bare"] else {"dev"})
            yield answer({
                (f"{canonicalize_name(p['name'])} {p['version']}", "") for p in packages
                if groups & set(p["groups"]) and ("marker" not in p or marker(p["marker"]).evaluate(target["environment"]))
            })


def of_poetry(folder, targets, choices):
    from cleo.io.null_io import NullIO
    from poetry.config.config import Config
    from poetry.core.packages.utils.link import Link
    from poetry.console.exceptions import PoetryRuntimeError
    from poetry.factory import Factory
    from poetry.installation.chooser import Chooser
    from poetry.installation.installer import Installer
    from poetry.packages.locker import Locker
    from poetry.repositories import Repository, RepositoryPool
    from poetry.repositories.installed_repository import InstalledRepository
    from poetry.utils.env import MockEnv

    class Recorder:
        enabled = True
        def __init__(self):
            self.taken = []
        def execute(self, operations):
            self.taken += [o.package for o in operations if o.job_type == "install" and not o.skipped]
            return 0

    class Links(Repository):
        def find_links_for_package(self, package):
            return [Link(f"https://files.example/{f['file']}#{f['hash'].replace(':', '=')}") for f in package.files]

    project = folder / "pyproject.toml"  # of which Poetry 2 refuses what older ones wrote of a source
    project.write_text(project.read_text().replace("default = true\n", ""))
    poetry = Factory().create_poetry(folder)
    locker = Locker(folder / "poetry.lock", poetry.pyproject.data)
    locker.is_fresh = lambda: True  # ofiuco warns of a stale lock, and goes on
    for package in locker.lock_data["package"]:  # Poetry looks for source trees and files
        source = package.get("source", {})
        if source.get("type") == "directory":
            (folder / source["url"]).mkdir(parents=True, exist_ok=True)
            (folder / source["url"] / "setup.py").touch()
        elif source.get("type") == "file":
            (folder / source["url"]).touch()
    config = Config.create()
    config.merge({"virtualenvs": {"create": False}})
    pool = RepositoryPool([Links("pypi")])
    for target in targets:
        environment = target["environment"]
        env = MockEnv(
            tuple(int(n) for n in environment["python_full_version"].split(".")[:3]),
            platform=environment["sys_platform"], platform_machine=environment["platform_machine"],
            os_name=environment["os_name"], python_implementation=environment["platform_python_implementation"],
            marker_env={**environment, "interpreter_name": environment["implementation_name"], "interpreter_version": ""},
            supported_tags=[Tag(*tag.split("-")) for tag in target["tags"]],
        )
        chooser = Chooser(pool, env, config)
        for choice in choices:
            recorder = Recorder()
            installer = Installer(NullIO(), env, poetry.package, locker, pool, config, InstalledRepository(), recorder)
            optional = {g for g in poetry.package.dependency_group_names(True) if poetry.package.dependency_group(g).is_optional()}
            groups = set(poetry.package.dependency_group_names(True)) - optional
            groups = {"main"} if choice["bare"] else groups
            groups = set(choice["groups"]) if choice["only"] else groups | set(choice["groups"])
            installer.only_groups(groups)
            installer.extras([canonicalize_name(e) for e in choice["extras"]])
            try:
                installer.run()
                pairs = []
                for package in recorder.taken:
                    file = ""
                    if package.files and package.source_type is None:
                        try:
                            file = chooser.choose_for(package).filename
                        except PoetryRuntimeError:
                            file = "-"
                    pairs.append((f"{package.name} {package.version}", file))
            except Exception as problem:
                yield {"error": str(problem) or type(problem).__name__}
                continue
            yield answer(pairs)


readers = {"poetry.lock": of_poetry, "uv.lock": of_uv, "pylock.toml": of_pylock, "pdm.lock": of_pdm,
           "requirements.txt": of_requirements}
for lock, choices in zip(question["locks"], question["choices"], strict=True):
    for line in readers[lock["format"]](Path(lock["folder"]), question["targets"], choices):
        print(json.dumps(line))
