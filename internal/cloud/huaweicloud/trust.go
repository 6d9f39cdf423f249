package huaweicloud

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbapi"
)

// trustSettings are the attributes that say which servers are trusted.
type trustSettings struct {
	Insecure   types.Bool   `tfsdk:"insecure"`
	CACertFile types.String `tfsdk:"cacert_file"`
}

var (
	insecureEnv = []string{"HW_INSECURE", "OS_INSECURE"}
	cacertEnv   = []string{"HW_CACERT", "OS_CACERT"}
)

func trustAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"insecure": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether the servers' certificates go unchecked, so that whoever is on the way reads and changes " +
				"everything. Defaults to `false`. Environment: `HW_INSECURE`, `OS_INSECURE`.",
		},
		"cacert_file": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "File of certificate authorities (PEM) to trust besides the system's, or their text. " +
				"Environment: `HW_CACERT`, `OS_CACERT`.",
		},
	}
}

// newTransport is the adapter's transport with the trust that is configured.
func newTransport(set trustSettings, problems *diag.Diagnostics) *http.Transport {
	t := elbapi.NewTransport()
	insecure := set.Insecure.ValueBool()
	if set.Insecure.IsNull() {
		text, from := setting("insecure", types.StringNull(), insecureEnv)
		switch strings.ToLower(text) {
		case "", "0", "false", "no", "off":
		case "1", "true", "yes", "on":
			insecure = true
		default:
			problems.AddError("Invalid setting for Huawei Cloud", from+" must be true or false.")
		}
	}
	t.TLSClientConfig.InsecureSkipVerify = insecure
	if pem, from := setting("cacert_file", set.CACertFile, cacertEnv); pem != "" {
		roots, err := withRoots(pem)
		if err != nil {
			if strings.Contains(pem, "\n") {
				pem = "(PEM text)"
			}
			problems.AddError("No certificate authorities for Huawei Cloud", fmt.Sprintf("%s of %s cannot be used: %s.", pem, from, err))
		}
		t.TLSClientConfig.RootCAs = roots
	}
	return t
}

// withRoots are the system's certificate authorities and those of a file, or of
// a text that is none's name.
func withRoots(pem string) (*x509.CertPool, error) {
	data := []byte(pem)
	if !strings.Contains(pem, "-----BEGIN") {
		var err error
		if data, err = readFile(pem); err != nil {
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

// plainHTTP warns of endpoints to which secrets would go in the clear.
func plainHTTP(at path.Path, endpoints map[string]string) (diags diag.Diagnostics) {
	for name, e := range endpoints {
		u, err := url.Parse(e)
		if err != nil || u.Scheme != "http" || loopback(u.Hostname()) {
			continue
		}
		diags.AddAttributeWarning(at.AtName(name), "Endpoint without TLS", fmt.Sprintf(
			"The endpoint %s of Huawei Cloud is plain http: whoever is on the way can read and change what is sent, temporary keys "+
				"and tokens among it.", u.Host))
	}
	return diags
}

func loopback(host string) bool {
	return strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
}
