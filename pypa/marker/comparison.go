package marker

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/version"
)

// comparison compares a variable with a literal.
type comparison struct {
	variable variable
	operator string // with one space inside "not in"
	literal  string
	reversed bool // the literal is the left operand

	// unusual marks a right operand that is not of the kind it is used as: a variable's bare name
	// after a variable is the literal of that name, and a quoted name after a literal is the
	// variable of that name.
	unusual bool
	quoted  string // the name of the variable, when that is quoted

	// specifier is operator and literal, when the variable is on the left and compares as a version.
	specifier *version.Specifier
}

// operand is a variable or a literal.
type operand struct {
	variable variable // unknown for a literal
	literal  string
}

// compare makes the comparison of two operands.
func compare(left operand, operator string, right operand) *comparison {
	c := &comparison{operator: operator}
	if left.variable != unknown {
		c.variable, c.literal = left.variable, right.literal
		if right.variable != unknown {
			c.literal, c.unusual = right.variable.String(), true
		}
	} else {
		c.reversed = true
		c.variable, c.literal = right.variable, left.literal
		if right.variable == unknown {
			c.variable, c.unusual, c.quoted = variableNamed(right.literal), true, right.literal
		}
	}
	if !c.unusual && (c.variable == extra || c.reversed && c.variable.isSet()) {
		c.literal = string(name.Normalize(c.literal))
	}
	if c.variable.isVersion() && !c.reversed && c.operator != "in" && c.operator != "not in" {
		if specifier, err := version.ParseSpecifier(c.operator + c.literal); err == nil {
			c.specifier = &specifier
		}
	}
	return c
}

// UndefinedError is a comparison that has no answer, such as os_name ~= "posix".
type UndefinedError struct {
	Comparison string // as the marker has it
	Reason     string
}

func (e *UndefinedError) Error() string {
	return fmt.Sprintf("marker %.200q is undefined: %s", e.Comparison, e.Reason)
}

func (c *comparison) undefined(reason string) error {
	var b strings.Builder
	c.write(&b)
	return &UndefinedError{Comparison: b.String(), Reason: reason}
}

// evaluate answers the comparison. With manyExtras, `extra` is all of env.Extras.
func (c *comparison) evaluate(env *Environment, manyExtras bool) (bool, error) {
	switch {
	case c.variable == unknown:
		return false, c.undefined("no operand is a variable")
	case c.variable.isSet():
		return c.evaluateSet(env.set(c.variable))
	case c.variable == extra && manyExtras && c.operator == "==":
		return slices.Contains(env.Extras, name.Name(c.literal)), nil
	case c.variable == extra && manyExtras && c.operator == "!=":
		return !slices.Contains(env.Extras, name.Name(c.literal)), nil
	}
	value := env.text(c.variable)
	if c.specifier != nil {
		return c.specifier.ContainsText(value), nil
	}
	if !c.reversed {
		return c.compareTexts(value, c.literal)
	}
	if c.variable.isVersion() {
		if specifier, err := version.ParseSpecifier(c.operator + value); err == nil {
			return specifier.ContainsText(c.literal), nil
		}
	}
	return c.compareTexts(c.literal, value)
}

// compareTexts compares operands that are not both versions.
func (c *comparison) compareTexts(left, right string) (bool, error) {
	switch c.operator {
	case "==", "<=", ">=":
		return left == right, nil
	case "!=":
		return left != right, nil
	case "<", ">":
		return false, nil
	case "in":
		return strings.Contains(right, left), nil
	case "not in":
		return !strings.Contains(right, left), nil
	}
	return false, c.undefined(c.operator + " compares versions only")
}

// evaluateSet asks a set. A text never equals a set.
func (c *comparison) evaluateSet(set []name.Name) (bool, error) {
	if !c.reversed {
		return false, c.undefined("a set can only stand on the right side of in and not in")
	}
	member := slices.Contains(set, name.Normalize(c.literal))
	switch c.operator {
	case "in":
		return member, nil
	case "not in":
		return !member, nil
	case "!=":
		return true, nil
	case "==", "<=", ">=", "<", ">":
		return false, nil
	}
	return false, c.undefined(c.operator + " compares versions only")
}

func (c *comparison) write(b *strings.Builder) {
	if c.reversed {
		writeLiteral(b, c.literal)
	} else {
		b.WriteString(c.variable.String())
	}
	b.WriteByte(' ')
	b.WriteString(c.operator)
	b.WriteByte(' ')
	switch {
	case c.reversed && c.unusual:
		writeLiteral(b, c.quoted)
	case c.reversed:
		b.WriteString(c.variable.String())
	case c.unusual:
		b.WriteString(c.literal)
	default:
		writeLiteral(b, c.literal)
	}
}
