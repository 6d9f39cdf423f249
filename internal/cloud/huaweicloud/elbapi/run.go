package elbapi

import (
	"bytes"
	"context"
	"errors"

	elb "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// operation is one call of ELB's as the log and the classification see it.
type operation struct {
	action  string   // the vendor's name of it
	write   bool     // whether it changes anything
	create  bool     // it is CreateMember
	pool    string   // the pool in its path
	project bool     // it is about the whole project: no pool is in its path
	members []string // ids of the members it names
	names   []string // of the members in a write, for the log
	// saysPorts, where given, is set to whether the answer names the port of
	// any member: the SDK cannot tell none from 0.
	saysPorts *bool
}

// run makes one call of the ELB API. send gets an SDK client that is good for
// that call alone; it returns apigw.Incomplete where an answer of success lacks
// what it must have.
func run[T any](ctx context.Context, c *Client, op operation, send func(*elb.ElbClient) (T, error)) (T, error) {
	var zero T
	if !op.project {
		if err := apigw.CheckID("pool", op.pool); err != nil {
			return zero, named(err, op.action)
		}
	}
	ctx = apikit.WithLog(ctx, "elb") // the look-up of the project is part of the call
	project := c.id
	if c.project != nil {
		var err error
		if project, err = c.project.ID(ctx); err != nil {
			return zero, err
		}
	}
	call := apigw.Call{Action: op.action, Group: op.pool, Members: op.names, Write: op.write,
		Classify: func(status int, code, message string) membership.Class { return classify(op, status, code, message) }, Unfound: unfound}
	return apigw.Do(ctx, c.api, c.creds, call, func(x *apigw.Exchange) (T, error) {
		v, err := send(elb.NewElbClient(x.SDK(project)))
		if err == nil && op.saysPorts != nil {
			*op.saysPorts = bytes.Contains(x.Body, []byte(`"protocol_port"`))
		}
		return v, err
	})
}

// uncertain is the class of a call that may or may not have been carried out.
func uncertain(op operation) membership.Class {
	if op.write {
		return membership.Unknown
	}
	return membership.Transient
}

// named adds the action to an error that was made before it was known.
func named(err error, action string) error {
	if e, ok := errors.AsType[*membership.Error](err); ok {
		e.Action = action
	}
	return err
}
