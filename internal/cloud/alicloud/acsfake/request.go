package acsfake

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// Front is a product's side of the gateway: what the gateway has to know of it.
type Front struct {
	*Gate
	Fake     string             // the package that simulates the product, in reports
	Name     string             // the product's, such as "SLB"
	Host     string             // such as "slb.aliyuncs.com"
	Version  string             // of its API
	Messages map[string]string  // the usual words of its own codes
	Reporter fakecloud.Reporter // nil: nothing is reported
}

const formType = "application/x-www-form-urlencoded"

// commonParams go with every action: those of the RPC style, and the owner's,
// which clients may send and nothing here depends on.
var commonParams = []string{
	"Action", "Version", "Format", "RegionId", "AccessKeyId", "SecurityToken", "Timestamp",
	"Signature", "SignatureMethod", "SignatureVersion", "SignatureNonce", "SignatureType",
	"OwnerId", "OwnerAccount", "ResourceOwnerId", "ResourceOwnerAccount", "SourceIp", "SecureTransport",
}

// Unsupported refuses what no correct client sends, and has it reported. Its
// status is not 404, which a client may read as "deleted".
func (f *Front) Unsupported(format string, args ...any) *Refusal {
	message := fmt.Sprintf(format, args...)
	if f.Reporter != nil {
		f.Reporter.Errorf("%s: unsupported request: %s", f.Fake, message)
	}
	return &Refusal{Status: 400, Code: "FakeUnsupported", Message: "The simulated " + f.Name + " does not support this request: " + message}
}

// Params gathers a request's parameters from its query and its form.
func (f *Front) Params(call *fakecloud.Call) (map[string]string, *Refusal) {
	params, err := readParams(call)
	if err != nil {
		return nil, f.Unsupported("%s %s: %v", call.HTTP.Method, call.HTTP.URL.Path, err)
	}
	call.Op = params["Action"]
	return params, nil
}

func readParams(call *fakecloud.Call) (map[string]string, error) {
	r := call.HTTP
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return nil, fmt.Errorf("the method is neither GET nor POST")
	}
	if r.URL.Path != "/" && r.URL.Path != "" {
		return nil, fmt.Errorf("the path is not /")
	}
	all, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, fmt.Errorf("read query: %w", err)
	}
	if len(call.Body) > 0 {
		if !hasForm(r) {
			return nil, fmt.Errorf("a body of type %q", r.Header.Get("Content-Type"))
		}
		form, err := url.ParseQuery(string(call.Body))
		if err != nil {
			return nil, fmt.Errorf("read form: %w", err)
		}
		for name, values := range form {
			all[name] = append(all[name], values...)
		}
	}
	params := map[string]string{}
	for name, values := range all {
		if len(values) > 1 {
			return nil, fmt.Errorf("parameter %s is there %d times", name, len(values))
		}
		params[name] = values[0]
	}
	return params, nil
}

func hasForm(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == formType
}

// Check refuses parameters that an action does not have, and versions, formats
// and signature methods that are not spoken here.
func (f *Front) Check(call *fakecloud.Call, params map[string]string, known ...[]string) *Refusal {
	names := slices.Concat(append(known, commonParams)...)
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if !slices.Contains(names, name) {
			return f.Unsupported("%s: unknown parameter %q", call.Op, name)
		}
	}
	for _, want := range [][2]string{{"SignatureMethod", "HMAC-SHA1"}, {"SignatureVersion", "1.0"}, {"Version", f.Version}} {
		if got, ok := params[want[0]]; ok && got != want[1] {
			return f.Unsupported("%s: %s %q is not %q", call.Op, want[0], got, want[1])
		}
	}
	if params["Version"] == "" {
		return f.Unsupported("%s: no Version", call.Op)
	}
	if format := params["Format"]; format != "" && !strings.EqualFold(format, "JSON") {
		return f.Unsupported("%s: format %q", call.Op, format)
	}
	if t := params["SignatureType"]; t != "" {
		return f.Unsupported("%s: signature type %q", call.Op, t)
	}
	return nil
}

// Serves tells whether a request is for the product, or for what the gateway
// itself serves: STS, the metadata service, the credentials URI. Several products
// may be served at one port.
func (f *Front) Serves(r *http.Request) bool {
	if p := r.URL.Path; p != "" && p != "/" {
		return strings.HasPrefix(p, "/latest/") || p == f.credentialsPath()
	}
	version := r.URL.Query().Get("Version")
	if version == "" && r.Body != nil && hasForm(r) {
		body, _ := io.ReadAll(r.Body) // what cannot be read is for nobody
		r.Body = io.NopCloser(bytes.NewReader(body))
		if form, err := url.ParseQuery(string(body)); err == nil {
			version = form.Get("Version")
		}
	}
	return version == f.Version || version == stsVersion
}
