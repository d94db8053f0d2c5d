package source

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/ofiuco/ofiuco/internal/quoted"
)

// Subdirectory is the folder sub ("packages/alpha", slash-separated; "" for none) of the source in root. It refuses one
// that lies outside root, also through a link.
func Subdirectory(root, sub string) (string, error) {
	if sub == "" {
		return root, nil
	}
	local := filepath.FromSlash(sub)
	if strings.Contains(sub, `\`) || !filepath.IsLocal(local) {
		return "", fmt.Errorf("the subdirectory %s is not a path inside the source", quoted.Always(sub))
	}
	// A Root follows no link that leaves it.
	r, err := os.OpenRoot(root)
	if err != nil {
		return "", err
	}
	defer r.Close()
	info, err := r.Stat(local)
	if err != nil {
		return "", fmt.Errorf("the source has no subdirectory %s, or it is a link that leaves the source: %w", quoted.Always(sub), err)
	}
	if !info.IsDir() {
		return "", fmt.Errorf("the subdirectory %s is not a folder", quoted.Always(sub))
	}
	return filepath.EvalSymlinks(filepath.Join(root, local))
}
