package interpreter

import (
	"context"
	"time"
)

// AskWithin is the reason why an interpreter gives no answer in a time that tests can wait for.
func AskWithin(ctx context.Context, path string, patience time.Duration) error {
	_, err := ask(ctx, path, patience)
	return err
}
