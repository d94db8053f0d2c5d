package venv

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/ofiuco/ofiuco/install"
)

// builder makes the environment of some Options in any folder, rendered for the one that it is to have.
type builder struct {
	options    Options
	dir        string // absolute
	executable string // that the environment points to
	scheme     install.Scheme
	lib64      bool
	portable   bool // scripts are to find the environment by themselves
	packages   []*pkg
}

func newBuilder(o Options) (*builder, error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("finding the virtual environment: %w", err)
	}
	o.Dir = dir
	if o.Jobs <= 0 {
		o.Jobs = runtime.GOMAXPROCS(0)
	}
	if o.Mode, err = ParseMode(string(o.Mode)); err != nil {
		return nil, err
	}
	if err := o.checkTexts(); err != nil {
		return nil, err
	}
	b := &builder{options: o, dir: dir, executable: base(o.Interpreter), scheme: o.scheme()}
	b.lib64 = !o.Interpreter.Windows && !strings.HasPrefix(o.Interpreter.Platform, "macosx") && is64Bit(o.Interpreter.Platform)
	return b, b.layOut()
}

// layOut finds the place of every package's files, and makes what installation writes.
func (b *builder) layOut() error {
	b.packages = make([]*pkg, len(b.options.Packages))
	installation := install.Options{Scheme: b.scheme, Interpreter: Python(b.dir, b.options.Interpreter.Windows)}
	var group errgroup.Group
	group.SetLimit(b.options.Jobs)
	for i, p := range sortPackages(b.options.Packages) {
		group.Go(func() error {
			options := installation
			options.DirectURL = p.DirectURL
			layout, err := install.Unpacked(p.Wheel.Wheel, os.DirFS(p.Wheel.Dir), p.Wheel.SelfContained, options)
			if err != nil {
				return err
			}
			one := &pkg{Package: p, Layout: layout, installed: p.Wheel.SelfContained && p.DirectURL == nil}
			one.top = one.root().split()
			b.packages[i] = one
			return nil
		})
	}
	return group.Wait()
}

// plan is the plan of all that the environment holds.
func (b *builder) plan(folding bool) (*plan, error) {
	p := &plan{root: &folder{}, folding: folding, lib64: b.lib64}
	if err := b.addOwn(p); err != nil {
		return nil, err
	}
	if err := p.addPackages(b.packages); err != nil {
		return nil, err
	}
	return p, nil
}

// build makes the environment in a folder that is there and empty. The first report is without what has changed.
func (b *builder) build(ctx context.Context, dir string) (*Report, error) {
	p, err := b.plan(false)
	if err != nil {
		return nil, err
	}
	if folds(dir) {
		if p, err = b.planFolded(); err != nil {
			return nil, err
		}
	}
	mode, note := b.choose(dir)
	if mode == Symlink && b.options.Look != nil {
		if err := b.options.Look(); err != nil {
			return nil, err
		}
	}
	w, err := newWriter(ctx, p, mode, dir, b.options.Jobs)
	if err != nil {
		return nil, err
	}
	defer w.root.close()
	if err := w.run(); err != nil {
		return nil, err
	}
	report := &Report{Mode: mode, Packages: len(b.packages), Files: w.files}
	for _, text := range []string{note, w.note} {
		if text != "" {
			report.Notes = append(report.Notes, text)
		}
	}
	return report, b.writeState(dir, w, report)
}
