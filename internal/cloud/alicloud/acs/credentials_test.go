package acs

import (
	"fmt"
	"strings"
	"testing"
)

// testKeys look like keys and are none.
var testKeys = Keys{AccessKeyID: "NOTAKEYNOTAKEY00", AccessKeySecret: "not/a+secret=at~all*00"}

func TestKeysDoNotPrint(t *testing.T) {
	t.Parallel()
	for _, v := range []any{testKeys, &testKeys, Static(testKeys), struct{ C Credentials }{Static(testKeys)}} {
		for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
			if s := fmt.Sprintf(format, v); strings.Contains(s, testKeys.AccessKeySecret) || strings.Contains(s, testKeys.AccessKeyID) {
				t.Errorf("%s of %T prints %s", format, v, s)
			}
		}
	}
}
