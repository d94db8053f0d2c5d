// Package tree holds a Tree: the sorted list of files that every output reads.
//
// It is the second narrow waist of the pipeline: install makes Trees from wheels, a source folder
// becomes one, Merge joins them, Exclude and Prefix change them, and venv, zipfile and image write
// them. A Tree is a value that nothing changes once it is made.
//
// Its rules:
//   - A path is relative, clean and slash-separated; CheckPath has every restriction.
//   - Files are sorted by the bytes of their paths. There are no entries for folders.
//   - A path has one file. Two files of equal bytes (size and SHA-256) become one, which keeps the
//     names of both owners; two that differ are a CollisionError that names both.
//   - A path is a file or a folder, never both.
//   - The result depends on the files only, not on the order they came in.
//   - Contents are not read, except when two files meet at one path.
package tree

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
)

// File is one file of a Tree.
type File struct {
	Path       string // slash-separated, relative, clean
	Executable bool
	Owner      string   // what it came from: "numpy 2.1.0", or a source folder
	CoOwners   []string // others that brought the same bytes to Path, sorted, without Owner
	Content    Content
}

// Tree is a sorted list of files. The zero Tree is empty.
type Tree struct {
	files []File
}

// OwnerSize is the part of one owner in a Tree.
type OwnerSize struct {
	Owner string
	Files int
	Size  int64 // bytes, uncompressed
}

// New makes a Tree of files in any order. It takes the slice over. Files with equal bytes at one
// path become one: that of the owner whose name sorts first (of one owner, the first file of the
// slice), executable if any was. The error is a *PathError, a *CollisionError or that of reading a
// file of a collision.
func New(files []File) (Tree, error) {
	for i := range files {
		if err := CheckPath(files[i].Path); err != nil {
			return Tree{}, fmt.Errorf("%s: %w", files[i].Owner, err)
		}
	}
	slices.SortStableFunc(files, func(a, b File) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Owner, b.Owner))
	})
	files, err := unite(files)
	if err != nil {
		return Tree{}, err
	}
	if err := checkFolders(files); err != nil {
		return Tree{}, err
	}
	return Tree{files}, nil
}

// Merge joins trees into one, by the rules and with the errors of New.
func Merge(trees ...Tree) (Tree, error) {
	n := 0
	for _, t := range trees {
		n += len(t.files)
	}
	files := make([]File, 0, n)
	for _, t := range trees {
		files = append(files, t.files...)
	}
	return New(files)
}

// unite makes one file of each run of files at one path.
func unite(sorted []File) ([]File, error) {
	if len(sorted) == 0 {
		return nil, nil
	}
	kept := sorted[:1]
	for _, file := range sorted[1:] {
		last := &kept[len(kept)-1]
		if last.Path != file.Path {
			kept = append(kept, file)
			continue
		}
		if err := absorb(last, &file); err != nil {
			return nil, err
		}
	}
	return kept, nil
}

// absorb notes in kept that other has the same bytes.
func absorb(kept, other *File) error {
	same, err := sameBytes(&kept.Content, &other.Content)
	if err != nil {
		return fmt.Errorf("comparing %q of %s and of %s: %w", kept.Path, kept.Owner, other.Owner, err)
	}
	if !same {
		return &CollisionError{Path: kept.Path, Owners: [2]string{kept.Owner, other.Owner}}
	}
	kept.Executable = kept.Executable || other.Executable
	owners := slices.Concat(kept.CoOwners, []string{other.Owner}, other.CoOwners)
	slices.Sort(owners)
	owners = slices.Compact(owners)
	kept.CoOwners = slices.DeleteFunc(owners, func(owner string) bool { return owner == kept.Owner })
	return nil
}

// checkFolders refuses a file whose path is a folder of another file. A folder that two neighbours
// share is looked up once.
func checkFolders(sorted []File) error {
	previous := ""
	for i := range sorted {
		file := &sorted[i]
		for end := sharedFolder(previous, file.Path); ; {
			slash := strings.IndexByte(file.Path[end:], '/')
			if slash < 0 {
				break
			}
			folder := file.Path[:end+slash]
			if j, found := find(sorted, folder); found {
				return &CollisionError{Path: folder, Owners: [2]string{sorted[j].Owner, file.Owner}, Folder: true}
			}
			end += slash + 1
		}
		previous = file.Path
	}
	return nil
}

// sharedFolder is the length of the folders, with their last slash, that both paths begin with.
func sharedFolder(a, b string) int {
	n := min(len(a), len(b))
	end := 0
	for i := 0; i < n && a[i] == b[i]; i++ {
		if a[i] == '/' {
			end = i + 1
		}
	}
	return end
}

func find(sorted []File, path string) (int, bool) {
	return slices.BinarySearchFunc(sorted, path, func(file File, path string) int {
		return strings.Compare(file.Path, path)
	})
}

// Files are the files, sorted by the bytes of their paths. The slice must not be changed.
func (t Tree) Files() []File { return t.files }

// Len is the number of files.
func (t Tree) Len() int { return len(t.files) }

// Size is the size of all files in bytes, uncompressed.
func (t Tree) Size() int64 {
	var size int64
	for i := range t.files {
		size += t.files[i].Content.Size
	}
	return size
}

// Lookup finds the file at a path.
func (t Tree) Lookup(path string) (File, bool) {
	i, found := find(t.files, path)
	if !found {
		return File{}, false
	}
	return t.files[i], true
}

// Owners are the owners of the files, the largest first, then by name. A file that several owners
// brought counts for its Owner.
func (t Tree) Owners() []OwnerSize {
	index := map[string]int{}
	var owners []OwnerSize
	for i := range t.files {
		file := &t.files[i]
		at, found := index[file.Owner]
		if !found {
			at = len(owners)
			index[file.Owner] = at
			owners = append(owners, OwnerSize{Owner: file.Owner})
		}
		owners[at].Files++
		owners[at].Size += file.Content.Size
	}
	slices.SortFunc(owners, func(a, b OwnerSize) int {
		return cmp.Or(cmp.Compare(b.Size, a.Size), strings.Compare(a.Owner, b.Owner))
	})
	return owners
}

// Exclude parts the files in those that no pattern matches and those that one does.
func (t Tree) Exclude(patterns Patterns) (kept, excluded Tree) {
	if len(patterns) == 0 {
		return t, Tree{}
	}
	for i := range t.files {
		if patterns.Match(t.files[i].Path) {
			excluded.files = append(excluded.files, t.files[i])
		} else {
			kept.files = append(kept.files, t.files[i])
		}
	}
	return kept, excluded
}

// Prefix puts every file under a folder, such as "python" for an AWS Lambda layer. The folder obeys
// CheckPath.
func (t Tree) Prefix(folder string) (Tree, error) {
	if err := CheckPath(folder); err != nil {
		return Tree{}, err
	}
	files := slices.Clone(t.files)
	for i := range files {
		files[i].Path = path.Join(folder, files[i].Path)
		if err := CheckPath(files[i].Path); err != nil {
			return Tree{}, err
		}
	}
	return Tree{files}, nil
}
