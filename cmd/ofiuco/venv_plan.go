package main

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/ofiuco/ofiuco/index"
	"github.com/ofiuco/ofiuco/install"
	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/target"
	"github.com/ofiuco/ofiuco/tree"
)

// venvPlan is what goes into an environment. It is remembered in the store under all that decides it, so that the
// next environment of the same lock and Python, in any folder, is made without reading the lock.
type venvPlan struct {
	Packages []plannedWheel `json:"packages"`
	Trees    []builtTree    `json:"trees,omitempty"` // directories that packages were built from

	recalled bool
}

// plannedWheel is a wheel that goes in.
type plannedWheel struct {
	Package   string             `json:"package"` // "numpy 2.1.0"
	Lock      string             `json:"lock"`    // where it is locked
	Line      int                `json:"line"`
	SHA256    string             `json:"sha256"`
	Filename  string             `json:"filename"`
	DirectURL *install.DirectURL `json:"direct_url,omitempty"`
	Allowed   []string           `json:"allowed,omitempty"` // codes of [tool.ofiuco.allow]
}

// locate puts the lock's line of one of two packages that contradict each other before the error.
func (p *venvPlan) locate(err error) error {
	var collision *tree.CollisionError
	if !errors.As(err, &collision) {
		return err
	}
	for _, owner := range collision.Owners {
		for _, w := range p.Packages {
			if w.Package == owner {
				return &lock.Error{
					Path: w.Lock, Line: w.Line, Package: w.Package, Msg: err.Error(), Err: err,
					Hint: "choose a version of one of them that goes with the other, or take one out of the project",
				}
			}
		}
	}
	return err
}

// makePlan selects the packages, and fetches and builds what the store lacks of them.
func (j *venvJob) makePlan(ctx context.Context) (*venvPlan, error) {
	if err := j.readLock(); err != nil {
		return nil, err
	}
	selections, err := j.app.selectAll(j.lock, []target.Target{j.target}, j.options)
	if err != nil {
		return nil, err
	}
	allowed, err := j.files.allowed()
	if err != nil {
		return nil, err
	}
	b := &builds{app: j.app, flags: &j.flags.buildFlags, files: j.files, host: &j.python, editable: !j.flags.noEditable}
	got, err := j.app.acquire(ctx, j.lock, selections[0], nil, j.files, b)
	if err != nil {
		return nil, err
	}
	plan := &venvPlan{}
	for i, p := range got.taken {
		plan.Packages = append(plan.Packages, plannedWheel{
			Package: packageLabel(p), Lock: j.lock.Path, Line: p.Line, SHA256: got.results[i].SHA256, Filename: got.results[i].Filename,
			DirectURL: j.directURL(p), Allowed: allowed[p.Name],
		})
	}
	own, err := j.projects(ctx, got)
	plan.Packages = append(plan.Packages, own...)
	plan.Trees = b.trees
	return plan, err
}

// planQuestion is under what a plan is remembered.
func (j *venvJob) planQuestion() ([]string, error) {
	python, err := json.Marshal(j.python)
	return []string{"environment", j.content, string(python), j.target.String(), j.target.Environment().PythonFullVersion}, err
}

// recallPlan is what an earlier run planned for the same lock and Python; nil when there is none, or a directory has changed.
func (j *venvJob) recallPlan(ctx context.Context) *venvPlan {
	question, err := j.planQuestion()
	var plan venvPlan
	if err != nil || !j.store.Recall(question, &plan) {
		return nil
	}
	if !(&lastRun[venvReport]{Trees: plan.Trees}).sameTrees(ctx) {
		return nil
	}
	plan.recalled = true
	return &plan
}

// rememberPlan keeps a plan, unless it would keep a secret.
func (j *venvJob) rememberPlan(plan *venvPlan) {
	if plan.recalled {
		return
	}
	for _, p := range plan.Packages {
		if p.DirectURL != nil && index.Redact(p.DirectURL.URL) != p.DirectURL.URL {
			return
		}
	}
	if question, err := j.planQuestion(); err == nil {
		j.store.Remember(question, plan)
	}
}
