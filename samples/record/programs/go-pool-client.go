// SPDX-License-Identifier: BSD-2-Clause

// A net/http client with a pool that can be set up in many ways. It logs what
// its Transport did with every connection, as the Transport itself tells it:
// ADDRESS PORT ACTION, where the last action is why the connection ended.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"
)

var (
	urls        = flag.String("urls", "", "comma separated, taken in turn")
	workers     = flag.Int("workers", 1, "concurrent workers")
	later       = flag.Int("later", 0, "workers of the rounds after the first (0: as many)")
	requests    = flag.Int("requests", 1, "requests of each worker")
	think       = flag.Duration("think", 0, "random pause up to this before each request")
	pause       = flag.Duration("pause", 0, "fixed pause between the rounds of all workers")
	perHost     = flag.Int("idle-per-host", 0, "MaxIdleConnsPerHost (0: the default, 2)")
	total       = flag.Int("idle-total", 100, "MaxIdleConns")
	idleTimeout = flag.Duration("idle-timeout", 90*time.Second, "IdleConnTimeout")
	timeout     = flag.Duration("timeout", 0, "Client.Timeout")
	cancelMin   = flag.Duration("cancel-min", 0, "cancel each request after at least this")
	cancelMax   = flag.Duration("cancel-max", 0, "cancel each request after at most this")
	noKeepAlive = flag.Bool("no-keepalive", false, "DisableKeepAlives")
	unread      = flag.Int("unread", 0, "close every Nth body of a worker unread")
	maxAge      = flag.Duration("max-age", 0, "retire idle connections at this age")
	stagger     = flag.Duration("stagger", 0, "worker N starts N times this later")
	seconds     = flag.Duration("seconds", 0, "no new request after this time (0: no limit)")
	hold        = flag.Duration("hold", 0, "stay alive this long after the last request")
	closeIdle   = flag.Bool("close-idle", false, "CloseIdleConnections after that")
	tcpProbe    = flag.Duration("tcp-keepalive", 0, "the dialer's KeepAlive (0: 15 s)")
	retry       = flag.Int("retry", 0, "further tries of a failed request")
	body        = flag.Int("body", 0, "POST this many bytes")
	expect      = flag.Bool("expect", false, "send Expect: 100-continue with a body")
	ownPool     = flag.Bool("own-pool", false, "a Transport for each worker")
	method      = flag.String("method", "", "GET, or POST with a body, unless told")
)

var (
	printing sync.Mutex
	began    = time.Now()
)

// conn is a connection that remembers why it is closed.
type conn struct {
	net.Conn
	lock     sync.Mutex
	requests int
	busy     bool
	why      string
	closed   bool
}

func (c *conn) say(action string) {
	say(c.LocalAddr().String(), action)
}

func say(address, action string) {
	printing.Lock()
	defer printing.Unlock()
	host, port, _ := net.SplitHostPort(address)
	fmt.Printf("%s %s %s %.6f\n", host, port, action, now())
}

func now() float64 { return float64(time.Now().UnixMicro()) / 1e6 }

func (c *conn) mark(why string) {
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.why == "" {
		c.why = why
	}
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err != nil && !errors.Is(err, net.ErrClosed) {
		c.mark("server-closed")
	}
	return n, err
}

// Close is called by the Transport; its caller says why.
func (c *conn) Close() error {
	c.lock.Lock()
	if c.closed {
		c.lock.Unlock()
		return c.Conn.Close()
	}
	c.closed = true
	why := c.why
	if why == "" {
		why = reasonOfCaller()
	}
	if c.requests == 0 {
		why = "unused"
	}
	c.lock.Unlock()
	c.say(why)
	return c.Conn.Close()
}

func reasonOfCaller() string {
	callers := make([]uintptr, 32)
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers)])
	for {
		frame, more := frames.Next()
		switch {
		case strings.HasSuffix(frame.Function, "closeConnIfStillIdle"):
			return "idle-timeout"
		case strings.HasSuffix(frame.Function, "CloseIdleConnections"):
			return "close-idle"
		case strings.HasSuffix(frame.Function, "tryPutIdleConn"):
			return "total-limit"
		case strings.HasSuffix(frame.Function, "retire"):
			return "max-age"
		}
		if !more {
			return "closed"
		}
	}
}

// retire closes an idle connection that is too old, a busy one later.
func (c *conn) retire() {
	for {
		c.lock.Lock()
		busy := c.busy
		c.lock.Unlock()
		if !busy {
			c.Close()
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func dial(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := net.Dialer{KeepAlive: *tcpProbe}
	plain, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: plain}
	c.say("open")
	if *maxAge > 0 {
		time.AfterFunc(*maxAge, c.retire)
	}
	return c, nil
}

func unwrap(c net.Conn) *conn {
	if secure, ok := c.(*tls.Conn); ok {
		c = secure.NetConn()
	}
	return c.(*conn)
}

func failure(err error) string {
	switch {
	case os.IsTimeout(err) || errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	}
	return "failed"
}

// ask makes one request and says how it ended.
func ask(client *http.Client, url string, leaveUnread bool) error {
	var used *conn
	trace := &httptrace.ClientTrace{
		ConnectStart: func(network, server string) { say(server, "dial") },
		ConnectDone: func(network, server string, err error) {
			if err != nil {
				say(server, "dial-failed")
			}
		},
		GotConn: func(info httptrace.GotConnInfo) {
			used = unwrap(info.Conn)
			used.lock.Lock()
			used.requests++
			used.busy = true
			used.lock.Unlock()
		},
		PutIdleConn: func(err error) {
			used.lock.Lock()
			used.busy = false
			if err != nil && strings.Contains(err.Error(), "too many idle connections for host") {
				used.why = "host-limit"
			}
			used.lock.Unlock()
		},
	}
	ctx := httptrace.WithClientTrace(context.Background(), trace)
	if *cancelMax > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		wait := *cancelMin + time.Duration(rand.Int63n(int64(*cancelMax-*cancelMin)))
		defer time.AfterFunc(wait, cancel).Stop()
	}
	verb, payload := "GET", io.Reader(nil)
	if *body > 0 {
		verb, payload = "POST", strings.NewReader(strings.Repeat("b", *body))
	}
	if *method != "" {
		verb = *method
	}
	request, err := http.NewRequestWithContext(ctx, verb, url, payload)
	if err != nil {
		return err
	}
	if *expect {
		request.Header.Set("Expect", "100-continue")
	}
	response, err := client.Do(request)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%.6f %v\n", now(), err)
		if used != nil {
			used.say(failure(err) + "-head")
		}
		return err
	}
	defer response.Body.Close()
	if leaveUnread {
		used.mark("unread")
		return nil
	}
	_, err = io.Copy(io.Discard, response.Body)
	if err != nil {
		used.say(failure(err) + "-body")
	} else if *noKeepAlive {
		used.mark("asked-close")
	}
	return err
}

func over() bool { return *seconds > 0 && time.Since(began) > *seconds }

func work(client *http.Client, targets []string, number, round int) {
	if round == 0 {
		time.Sleep(time.Duration(number) * *stagger)
	}
	if *think > 0 {
		time.Sleep(time.Duration(rand.Int63n(int64(*think))))
	}
	leaveUnread := *unread > 0 && (round+1)%*unread == 0
	for try := 0; try <= *retry; try++ {
		if ask(client, targets[(number+round)%len(targets)], leaveUnread) == nil {
			return
		}
	}
}

func newClient() *http.Client {
	return &http.Client{Timeout: *timeout, Transport: &http.Transport{
		DialContext: dial, MaxIdleConns: *total, MaxIdleConnsPerHost: *perHost,
		IdleConnTimeout: *idleTimeout, DisableKeepAlives: *noKeepAlive,
		ExpectContinueTimeout: time.Second,
		TLSClientConfig:       &tls.Config{InsecureSkipVerify: true},
	}}
}

func main() {
	flag.Parse()
	client := newClient()
	targets := strings.Split(*urls, ",")
	if *pause > 0 { // rounds in step
		for round := 0; round < *requests && !over(); round++ {
			var group sync.WaitGroup
			count := *workers
			if round > 0 && *later > 0 {
				count = *later
			}
			for number := 0; number < count; number++ {
				group.Add(1)
				go func(number int) { defer group.Done(); work(client, targets, number, round) }(number)
			}
			group.Wait()
			time.Sleep(*pause)
		}
	} else {
		var group sync.WaitGroup
		for number := 0; number < *workers; number++ {
			group.Add(1)
			go func(number int) {
				defer group.Done()
				client := client
				if *ownPool {
					client = newClient()
				}
				for round := 0; round < *requests && !over(); round++ {
					work(client, targets, number, round)
				}
			}(number)
		}
		group.Wait()
	}
	time.Sleep(*hold)
	if *closeIdle {
		client.CloseIdleConnections()
		time.Sleep(200 * time.Millisecond)
	}
}
