package venv

// PlanFolded is the plan of an environment on a disk that folds case: how many folders and links its site-packages has.
func PlanFolded(o Options) (folders, links int, err error) {
	b, err := newBuilder(o)
	if err != nil {
		return 0, 0, err
	}
	p, err := b.planFolded()
	if err != nil {
		return 0, 0, err
	}
	site, err := p.folder(b.scheme.Purelib, environmentOwner)
	if err != nil {
		return 0, 0, err
	}
	return len(site.folders), len(site.branches), nil
}

// Base is the interpreter that an environment points to.
var Base = base
