package apikit_test

import (
	"fmt"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit/keystest"
)

type keys string

func (keys) Check() error      { return nil }
func (keys) Secrets() []string { return nil }

func TestTemporaryKeys(t *testing.T) {
	t.Parallel()
	keystest.Run(t, func(n int) keys { return keys(fmt.Sprintf("keys-%d", n)) })
}
