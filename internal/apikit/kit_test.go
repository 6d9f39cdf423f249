package apikit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// pair is a made-up cloud's keys.
type pair struct{ id, secret string }

func (k pair) Check() error {
	if k.secret == "" {
		return errors.New("the secret is empty")
	}
	return nil
}

func (k pair) Secrets() []string { return []string{k.id, k.secret} }

// roundTrip is a service in process.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answer(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}

// hang is a service that takes a request and never answers.
func hang(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// send makes one call as an adapter does, over http.Client in the SDK's place.
func send(ctx context.Context, base http.RoundTripper, url string, unsure membership.Class) *membership.Error {
	return Once(ctx, base, Line{Service: "TOY", Operation: "Do"}, func(x *Exchange) (string, *membership.Error) {
		err := func() (err error) {
			defer func() {
				if p := recover(); p != nil {
					err = fmt.Errorf("panic: %v", p)
				}
			}()
			r, err := http.NewRequest(http.MethodPost, url, strings.NewReader("body"))
			if err != nil {
				return err
			}
			resp, err := (&http.Client{Transport: x}).Do(r)
			if err == nil {
				_ = resp.Body.Close()
			}
			return err
		}()
		if x.Answered() {
			return "", nil
		}
		e := &membership.Error{Status: x.Status}
		e.Class, e.Err = x.NoAnswer(Redactor{}, err, unsure)
		return "", e
	})
}
