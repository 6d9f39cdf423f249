package acceptance_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
)

// What the guide says of the variables that turn the log on, held against what
// Terraform writes into its file.
func TestAccCLITheLevelsOfTheLog(t *testing.T) {
	t.Parallel()
	inWorld(t, "cloudlb_elb_member", func(t *testing.T, w *world) {
		read, write, sdk := "operation=ListMembers", "operation=CreateMember", "sdk."
		for _, tt := range []struct {
			env  []string
			want []string // of read, write and sdk, what stands there
		}{
			{nil, nil},
			{[]string{"TF_LOG_PROVIDER=INFO"}, []string{write}},
			{[]string{"TF_LOG_PROVIDER=DEBUG"}, []string{read, write, sdk}},
			{[]string{"TF_LOG_PROVIDER=DEBUG", "TF_LOG_SDK=OFF"}, []string{read, write}},
			{[]string{"TF_LOG_PROVIDER=INFO", "TF_LOG_PROVIDER_CLOUDLB_ELB=OFF"}, nil},
			{[]string{"TF_LOG_PROVIDER=DEBUG", "TF_LOG_SDK=OFF", "TF_LOG_PROVIDER_CLOUDLB_ELB=INFO"}, []string{write}},
		} {
			t.Run(strings.Join(tt.env, " "), func(t *testing.T) {
				cli := acctest.NewCLI(t)
				file := filepath.Join(cli.Dir, "apply.log")
				for _, v := range slices.Concat([]string{"TF_LOG=", "TF_LOG_PROVIDER=", "TF_LOG_PATH=" + file}, tt.env) {
					name, value, _ := strings.Cut(v, "=")
					cli.Setenv(name, value)
				}
				cli.Write("main.tf", acctest.Required+w.config(w.member(1, "")))
				cli.Run("apply", "-auto-approve")
				text, _ := os.ReadFile(file)
				var got []string
				for _, what := range []string{read, write, sdk} {
					if regexp.MustCompile(`(?m)^\S+ \[\w+\] .*` + regexp.QuoteMeta(what)).Match(text) {
						got = append(got, what)
					}
				}
				if !slices.Equal(got, tt.want) {
					t.Errorf("the log has %q, want %q", got, tt.want)
				}
				cli.Run("destroy", "-auto-approve")
			})
		}
	})
}
