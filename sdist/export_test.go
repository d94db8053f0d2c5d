package sdist

// Isolate lets a build try one level of isolation only.
func (b *Build) Isolate(network, paths, user bool) { b.level = &isolation{network, paths, user} }

// Plain is a line as messages show it.
func Plain(line string) string { return plain(line) }

// Recognize finds the cause that lines tell.
func (b *Build) Recognize(lines ...string) (msg, hint string) {
	c, _ := b.recognize(lines)
	return c.msg, c.hint
}

// Top is the folder in which a build sees its folders.
const Top = top
