package marker

// Evaluate answers for an environment that knows all variables, as packaging 26.3 does. The error is
// an *UndefinedError.
func (m *Marker) Evaluate(env *Environment) (bool, error) {
	if m == nil {
		return true, nil
	}
	return m.terms.evaluate(env, false)
}

// EvaluateExtras is Evaluate, but `extra == "x"` asks whether x is in env.Extras, and `!=` whether
// it is not: how Poetry's and uv's locks mean it.
func (m *Marker) EvaluateExtras(env *Environment) (bool, error) {
	if m == nil {
		return true, nil
	}
	return m.terms.evaluate(env, true)
}

// evaluate is true when all terms of one of the runs between "or" are.
func (l list) evaluate(env *Environment, manyExtras bool) (bool, error) {
	any, all := false, true
	for i := range l {
		t := &l[i]
		if t.or && i > 0 {
			any, all = any || all, true
		}
		var holds bool
		var err error
		if t.group != nil {
			holds, err = t.group.evaluate(env, manyExtras)
		} else {
			holds, err = t.comparison.evaluate(env, manyExtras)
		}
		if err != nil {
			return false, err
		}
		all = all && holds
	}
	return any || all, nil
}
