package lock

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"
	"unicode"

	"github.com/ofiuco/ofiuco/internal/tomldoc"
	"github.com/ofiuco/ofiuco/pypa/filename"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/version"
)

// hash is an "algorithm:hex" that is strong enough to trust a file by.
func (f *tomlFile) hash(v tomldoc.Value) []Hash {
	algorithm, digest, found := strings.Cut(v.String(), ":")
	if !found {
		f.fail(v.Line(), "the hash %q does not say its algorithm, such as sha256:", shortened(v.String()))
		return nil
	}
	h, problem := newHash(algorithm, digest)
	if problem != "" {
		f.fail(v.Line(), "%s", problem)
	}
	return []Hash{h}
}

// fileHash is the hash of a file, which must have one.
func (f *tomlFile) fileHash(v tomldoc.Value, a Artifact) []Hash {
	if !v.Present() {
		f.fail(a.Line, "%q has no hash", a.Filename)
		return nil
	}
	return f.hash(v)
}

// size is that of a file in bytes, 0 when v is absent.
func (f *tomlFile) size(v tomldoc.Value) int64 {
	n := v.Int()
	if n < 0 {
		f.fail(v.Line(), "the size %d, which no file has", n)
	}
	return n
}

// fileOf says why a file's name cannot be that of p's wheel or sdist; "" when it can, or when it
// is the name of another kind of file.
func fileOf(file string, p *Package) string {
	if file == "" || file[0] == '.' || strings.ContainsAny(file, `/\`) || strings.ContainsFunc(file, unicode.IsControl) {
		return fmt.Sprintf("invalid file name %q", file)
	}
	var project name.Name
	var number string
	switch kind := archiveKind(file); kind {
	case Wheel:
		if _, _, ok := filename.WheelTags(file); !ok {
			return fmt.Sprintf("invalid wheel name %q", file)
		}
		stem, rest, _ := strings.Cut(file, "-")
		number, _, _ = strings.Cut(rest, "-")
		project = name.Normalize(stem)
	case Sdist:
		// Both names and old versions have dashes, hence the project's own name is looked for.
		project, number = cutProject(file[:len(file)-len(sdistExtension(file))], p.Name)
	default:
		return ""
	}
	if project != p.Name {
		return fmt.Sprintf("%q is a file of another project", file)
	}
	if number == p.Version.String() {
		return ""
	}
	v, err := version.Parse(strings.ReplaceAll(number, "_", "-"))
	if err != nil || !v.Equal(p.Version) {
		return fmt.Sprintf("%q is a file of another version", file)
	}
	return ""
}

// CheckFile is an error when a file's name is that of another project's or version's wheel or sdist. Where an
// index names the files (see Hashes), a locked digest alone does not make a file the package's.
func (p *Package) CheckFile(file string) error {
	if reason := fileOf(file, p); reason != "" {
		return errors.New(reason)
	}
	return nil
}

// cutProject splits an sdist's name without extension after the project's name; what is found
// there is returned when it is another one.
func cutProject(stem string, project name.Name) (found name.Name, number string) {
	for i := range len(stem) {
		if stem[i] == '-' && name.Normalize(stem[:i]) == project {
			return project, stem[i+1:]
		}
	}
	return name.Normalize(stem), ""
}

// sdistExtensions are those that PyPI has taken for sdists.
var sdistExtensions = []string{".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz", ".tbz", ".txz", ".tar", ".tar.Z"}

// sdistExtension is the one that file ends in, "" for none.
func sdistExtension(file string) string {
	for _, extension := range sdistExtensions {
		if strings.HasSuffix(file, extension) {
			return extension
		}
	}
	return ""
}

// archiveKind is the kind of the archive that has such a name, "" for none.
func archiveKind(file string) ArtifactKind {
	switch {
	case strings.HasSuffix(file, ".whl"):
		return Wheel
	case sdistExtension(file) != "":
		return Sdist
	}
	return ""
}

// urlFile is the file name at the end of a URL's path, "" for none.
func urlFile(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	file, err := url.PathUnescape(path.Base(u.EscapedPath()))
	if err != nil || file == "/" {
		return ""
	}
	return file
}

// webURL checks a URL that is to be fetched. Variables in it are not expanded.
func (f *tomlFile) webURL(v tomldoc.Value) {
	if !isWebURL(v.String()) {
		f.fail(v.Line(), "%q is not an http or https URL", redact(v.String()))
	}
}

// isWebURL says whether text is a URL of http or https.
func isWebURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http")
}

// scpRepository is git's short form of an ssh URL.
var scpRepository = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*@[A-Za-z0-9][A-Za-z0-9.-]*:[^:-][^:]*$`)

// gitURL checks a URL that is handed to git, which could run programs for other ones.
func (f *tomlFile) gitURL(v tomldoc.Value) {
	if !isGitURL(v.String()) {
		f.fail(v.Line(), "%q is not an https, ssh, git or file URL", redact(v.String()))
	}
}

// isGitURL says whether git may be handed a URL.
func isGitURL(text string) bool {
	if scpRepository.MatchString(text) {
		return true
	}
	u, err := url.Parse(text)
	if err != nil || strings.HasPrefix(u.Host, "-") {
		return false
	}
	return u.Scheme == "file" || u.Host != "" && (u.Scheme == "https" || u.Scheme == "ssh" || u.Scheme == "git")
}

// commit checks that a git source names one commit.
func (f *tomlFile) commit(t tomldoc.Table, v tomldoc.Value) {
	switch text := v.String(); {
	case !v.Present():
		f.fail(t.Line(), "a git source without a commit")
	case !isCommit(text):
		f.fail(v.Line(), "%q is not a full git commit", text)
	}
}

// localPath is the clean form of a path relative to the lock's folder. It may lead out of it, as
// sibling projects do.
func (f *tomlFile) localPath(v tomldoc.Value) string {
	text := v.String()
	drive := len(text) > 1 && text[1] == ':'
	if text == "" || drive || strings.HasPrefix(text, "/") || strings.Contains(text, `\`) || strings.ContainsFunc(text, unicode.IsControl) {
		f.fail(v.Line(), "%q is not a path relative to the lock", text)
	}
	return path.Clean(text)
}

// insidePath is the clean form of a path within an archive or repository, "" for its root.
func (f *tomlFile) insidePath(v tomldoc.Value) string {
	if !v.Present() || v.String() == "" {
		return ""
	}
	clean := f.localPath(v)
	if clean == ".." || strings.HasPrefix(clean, "../") {
		f.fail(v.Line(), "%q leads out of the source", v.String())
	}
	if clean == "." {
		return ""
	}
	return clean
}

// redact is a URL without the user and password in it, which may hold any character when it is not
// well-formed.
func redact(text string) string {
	scheme, rest, found := strings.Cut(text, "://")
	if !found {
		return text[strings.LastIndexByte(text, '@')+1:]
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return scheme + "://" + rest[strings.LastIndexByte(rest, '@')+1:]
	case u.User == nil:
		return text
	}
	u.User = nil
	return u.String()
}
