package daemon

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/sockethub/sockethub/daemon/config"
	"github.com/sockethub/sockethub/queue"
	"github.com/sockethub/sockethub/queue/redis"
)

// openStore opens Redis if the configuration names one, and memory else.
// goOn is who an earlier program in this process was there; nil for nobody.
func openStore(ctx context.Context, c *config.Config, goOn *redis.Identity, log *slog.Logger) (queue.Store, error) {
	if c.Redis.URL == "" {
		log.Info("no Redis is configured: jobs and credentials are kept in memory, and end with this process", "namespace", "server:init")
		return queue.OpenMemory(storeOptions(c, log))
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout(c))
	defer cancel()
	options := redisOptions(c, log)
	options.GoOn = goOn
	store, err := redis.Open(ctx, options)
	if err != nil {
		return nil, fmt.Errorf("redis %s: %w", c.Redis.URL, err)
	}
	if goOn != nil {
		if err := store.Ready(); err != nil {
			log.Warn("Redis is away: jobs wait for it", "namespace", "data-layer:redis-check", "url", c.Redis.URL, "error", err)
		}
		return store, nil
	}
	log.Info("Redis connection verified", "namespace", "data-layer:redis-check", "url", c.Redis.URL)
	if c.Secret == "" {
		log.Info("no secret is configured: what this process leaves in Redis is of no use to the next one", "namespace", "server:init")
	}
	return store, nil
}

func storeOptions(c *config.Config, log *slog.Logger) queue.Options {
	return queue.Options{
		Log:            log.With("namespace", "data-layer:queue"),
		MaxQueuedJobs:  c.Limits.MaxQueuedJobs,
		CredentialsTTL: c.Credentials.TTL,
	}
}

func redisOptions(c *config.Config, log *slog.Logger) redis.Options {
	return redis.Options{
		Options:           storeOptions(c, log),
		URL:               c.Redis.URL.Reveal(),
		Secret:            c.Secret.Reveal(),
		ConnectTimeout:    c.Redis.ConnectTimeout,
		DisconnectTimeout: c.Redis.DisconnectTimeout,
		MaxRetries:        retries(c.Redis.MaxRetriesPerRequest),
	}
}

// startTimeout is how long the start may wait for Redis.
func startTimeout(c *config.Config) time.Duration {
	if c.Redis.ConnectTimeout > 0 {
		return c.Redis.ConnectTimeout
	}
	return 10 * time.Second
}

// retries is nil where the configuration says null.
func retries(n int) *int {
	if n < 0 {
		return nil
	}
	return &n
}
