//go:build !race

package acctest

var buildFlags []string
