package huaweicloud

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// trustSettings are the attributes that say which servers are trusted.
type trustSettings struct {
	Insecure   types.Bool   `tfsdk:"insecure"`
	CACertFile types.String `tfsdk:"cacert_file"`
}

var (
	insecureArgument = argument("insecure", "HW_INSECURE", "OS_INSECURE")
	cacertArgument   = argument("cacert_file", "HW_CACERT", "OS_CACERT")
)

func trustAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"insecure": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether the servers' certificates go unchecked, so that whoever is on the way reads and changes " +
				"everything. Defaults to `false`. Environment: `HW_INSECURE`, `OS_INSECURE`.",
		},
		"cacert_file": cacertArgument.Attribute("File of certificate authorities (PEM) to trust besides the system's, or their text.", nil),
	}
}

// newTransport is the adapter's transport, trusting the servers that the
// configuration and the environment trust.
func newTransport(set trustSettings, to *tfkit.Configured) *http.Transport {
	t := apikit.NewTransport()
	insecure := set.Insecure.ValueBool()
	if set.Insecure.IsNull() {
		var err error
		text := insecureArgument.Of(types.StringNull())
		if insecure, err = truth(text.Value); err != nil {
			to.Problem("Invalid setting", text.From+" "+err.Error())
		}
	}
	t.TLSClientConfig.InsecureSkipVerify = insecure
	if pem := cacertArgument.Of(set.CACertFile); pem.Value != "" {
		roots, err := withRoots(pem.Value)
		if err != nil {
			shown := pem.Value
			if strings.Contains(shown, "\n") {
				shown = "(PEM text)"
			}
			to.Problem("No certificate authorities", fmt.Sprintf("%s of %s cannot be used: %s", shown, pem.From, err))
		}
		t.TLSClientConfig.RootCAs = roots
	}
	return t
}

// truth reads a text as true or false; "" is false.
func truth(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "", "0", "false", "no", "off":
		return false, nil
	case "1", "true", "yes", "on":
		return true, nil
	}
	return false, errors.New("must be true or false")
}

// withRoots are the system's certificate authorities and those of pem, which is
// the name of a PEM file, or PEM text itself.
func withRoots(pem string) (*x509.CertPool, error) {
	data := []byte(pem)
	if !strings.Contains(pem, "-----BEGIN") {
		var err error
		if data, err = tfkit.ReadFile(pem); err != nil {
			return nil, err
		}
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(data) {
		return nil, errors.New("it has no certificate in PEM")
	}
	return roots, nil
}
