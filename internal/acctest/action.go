package acctest

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Line is a line of progress of an action.
type Line struct {
	At   time.Time
	Text string
}

// PlanAction validates and plans an action.
func (c *Core) PlanAction(ctx context.Context, actionType string, config map[string]any) error {
	c.t.Helper()
	server, packed := c.action(actionType, config)
	checked, err := server.ValidateActionConfig(ctx, &tfprotov6.ValidateActionConfigRequest{ActionType: actionType, Config: packed})
	if err != nil {
		return err
	}
	if err := c.problems(checked.Diagnostics); err != nil {
		return err
	}
	planned, err := server.PlanAction(ctx, &tfprotov6.PlanActionRequest{ActionType: actionType, Config: packed})
	if err != nil {
		return err
	}
	return c.problems(planned.Diagnostics)
}

// Invoke plans an action and invokes it. Its events are read as the plugin's server
// reads them: at the first one after the end of ctx it returns, whatever the action is
// at, and what the action has to say in the end is not delivered; complete is false
// then. heard, unless it is nil, hears of each line of progress.
func (c *Core) Invoke(
	ctx context.Context, actionType string, config map[string]any, heard func(Line),
) (lines []Line, complete bool, err error) {
	c.t.Helper()
	if err := c.PlanAction(ctx, actionType, config); err != nil {
		return nil, true, err
	}
	return c.invoke(ctx, actionType, config, heard)
}

// InvokeAtOnce is Invoke of values that were not known when the action was planned, so
// that nobody has checked them.
func (c *Core) InvokeAtOnce(ctx context.Context, actionType string, config map[string]any) (lines []Line, err error) {
	c.t.Helper()
	lines, _, err = c.invoke(ctx, actionType, config, nil)
	return lines, err
}

func (c *Core) invoke(
	ctx context.Context, actionType string, config map[string]any, heard func(Line),
) (lines []Line, complete bool, err error) {
	c.t.Helper()
	server, packed := c.action(actionType, config)
	stream, err := server.InvokeAction(ctx, &tfprotov6.InvokeActionRequest{ActionType: actionType, Config: packed})
	if err != nil {
		return nil, true, err
	}
	for event := range stream.Events {
		if ctx.Err() != nil {
			return lines, false, nil
		}
		switch e := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			lines = append(lines, Line{time.Now(), e.Message})
			if heard != nil {
				heard(lines[len(lines)-1])
			}
		case tfprotov6.CompletedInvokeActionEventType:
			return lines, true, c.problems(e.Diagnostics)
		}
	}
	c.t.Error("the action's events have no end")
	return lines, false, nil
}

// Stop stops the provider, as Terraform does where a run is interrupted.
func (c *Core) Stop(ctx context.Context) {
	c.t.Helper()
	if _, err := c.server.StopProvider(ctx, &tfprotov6.StopProviderRequest{}); err != nil {
		c.t.Error(err)
	}
}

func (c *Core) action(actionType string, config map[string]any) (tfprotov6.ActionServer, *tfprotov6.DynamicValue) {
	c.t.Helper()
	server, ok := c.server.(tfprotov6.ActionServer)
	schema := c.schemas.ActionSchemas[actionType]
	if !ok || schema == nil {
		c.t.Fatalf("the provider has no action %s", actionType)
	}
	typ := schema.Schema.ValueType()
	return server, c.pack(typ, value(c.t, typ, config))
}
