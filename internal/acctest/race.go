//go:build race

package acctest

// buildFlags build the provider as the tests themselves are built, so that
// both share the build cache and the provider too is watched for races.
var buildFlags = []string{"-race"}
