package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
)

// defaultSeed is what the clouds hold when no --seed is given: what
// examples/quickstart needs, and one member in each group that is somebody
// else's.
//
//go:embed seed.json
var defaultSeed []byte

// seed is what the clouds hold to begin with; a cloud that is nil is not
// simulated.
type seed struct {
	slb *slbfake.Seed
	elb *elbfake.Seed
}

// readSeed reads the file, or the default seed where it is "".
func readSeed(file string) (seed, error) {
	if file == "" {
		return parseSeed(defaultSeed)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return seed{}, fmt.Errorf("read seed: %w", err)
	}
	s, err := parseSeed(b)
	if err != nil {
		return seed{}, fmt.Errorf("%s: %w", file, err)
	}
	return s, nil
}

// parseSeed reads {"alicloud": {...}, "huaweicloud": {...}}, one of which may
// be left out. A field that neither cloud has is an error.
func parseSeed(b []byte) (seed, error) {
	var file struct {
		Alicloud    json.RawMessage `json:"alicloud"`
		Huaweicloud json.RawMessage `json:"huaweicloud"`
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		return seed{}, fmt.Errorf("read seed: %w", err)
	}
	if d.More() {
		return seed{}, errors.New("read seed: there is more after the object")
	}
	var s seed
	if present(file.Alicloud) {
		slb, err := slbfake.ReadSeed(bytes.NewReader(file.Alicloud))
		if err != nil {
			return seed{}, fmt.Errorf("alicloud: %w", err)
		}
		s.slb = &slb
	}
	if present(file.Huaweicloud) {
		elb, err := elbfake.ReadSeed(bytes.NewReader(file.Huaweicloud))
		if err != nil {
			return seed{}, fmt.Errorf("huaweicloud: %w", err)
		}
		s.elb = &elb
	}
	if s.slb == nil && s.elb == nil {
		return seed{}, errors.New("the seed has neither alicloud nor huaweicloud")
	}
	return s, nil
}

func present(b json.RawMessage) bool { return len(b) > 0 && string(b) != "null" }
