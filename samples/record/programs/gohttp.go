// SPDX-License-Identifier: BSD-2-Clause
// Go net/http as client ("gohttp get") and server ("gohttp serve"), with a log line for
// whatever each connection sees: ADDRESS PORT ACTION [details], by the client's port.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

var logged sync.Mutex

func say(client net.Addr, what ...any) {
	host, port, _ := net.SplitHostPort(client.String())
	logged.Lock()
	defer logged.Unlock()
	now := float64(time.Now().UnixMicro()) / 1e6
	fmt.Print(host, " ", port, " ", fmt.Sprintln(append(what, fmt.Sprintf("@%.6f", now))...))
}

// conn tells what its owner sees and does. client is the address of the client's end; asking says
// that its owner is the client, unanswered that it wrote something since it last read a byte.
type conn struct {
	net.Conn
	client     net.Addr
	asking     bool
	used       atomic.Bool
	unanswered atomic.Bool
	aborting   atomic.Bool // its owner ends a pending read by a deadline in the past
	closed     sync.Once
}

func (c *conn) SetReadDeadline(t time.Time) error {
	c.aborting.Store(!t.IsZero() && t.Before(time.Now()))
	return c.Conn.SetReadDeadline(t)
}

func (c *conn) Write(p []byte) (int, error) {
	c.used.Store(true)
	c.unanswered.Store(c.asking)
	say(c.client, "wrote", len(p))
	return c.Conn.Write(p)
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.unanswered.Store(false)
	}
	switch {
	case err == nil:
	case err == io.EOF:
		c.sayState("peer-closed")
	case errors.Is(err, syscall.ECONNRESET):
		c.sayState("peer-reset")
	case errors.Is(err, os.ErrDeadlineExceeded) && !c.aborting.Load():
		say(c.client, "deadline")
	}
	return n, err
}

// sayState adds to what happened whether the connection was ever used or waits for an answer.
func (c *conn) sayState(what string) {
	if c.unanswered.Load() {
		what += "-unanswered"
	} else if c.asking && !c.used.Load() {
		what += "-unused"
	}
	say(c.client, what)
}

func (c *conn) Close() error {
	c.closed.Do(func() { c.sayState("closed") })
	return c.Conn.Close()
}

// --- client ---

type options struct {
	urls                                []string
	count, workers, perHost, total      int
	pause, timeout, idle, stay          time.Duration
	readHeader                          time.Duration
	body, agent                         string
	closing, perCall, closeIdle, noKeep bool
}

func newTransport(o *options) *http.Transport {
	dialer := net.Dialer{Timeout: 5 * time.Second}
	return &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			say(c.LocalAddr(), "open")
			return &conn{Conn: c, client: c.LocalAddr(), asking: true}, nil
		},
		MaxIdleConnsPerHost:   o.perHost,
		MaxIdleConns:          o.total,
		IdleConnTimeout:       o.idle,
		ResponseHeaderTimeout: o.readHeader,
		DisableKeepAlives:     o.noKeep,
		DisableCompression:    true,
	}
}

// get makes one call and does with its body what the options say.
func get(o *options, client *http.Client, url string) {
	var local net.Addr
	reused := false
	trace := httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		local, reused = info.Conn.LocalAddr(), info.Reused
		say(local, "request", url, "reused", reused)
	}}
	request, err := http.NewRequest("GET", url, nil)
	if err != nil {
		panic(err)
	}
	request.Close = o.closing
	if o.agent != "" {
		request.Header.Set("User-Agent", o.agent)
	}
	request = request.WithContext(httptrace.WithClientTrace(request.Context(), &trace))
	response, err := client.Do(request)
	if err != nil {
		if local != nil {
			say(local, "failed-head", err)
		}
		return
	}
	defer response.Body.Close()
	read := int64(0)
	if o.body != "leave" {
		limit := int64(1) << 40
		if n, err := strconv.ParseInt(o.body, 10, 64); err == nil {
			limit = n
		}
		read, err = io.Copy(io.Discard, io.LimitReader(response.Body, limit))
	}
	switch {
	case err != nil:
		say(local, "failed-body", err)
	case read < response.ContentLength || response.ContentLength < 0 && o.body == "leave":
		say(local, "left-unread", response.ContentLength-read, "of", response.ContentLength)
	default:
		say(local, "complete", response.StatusCode)
	}
}

func clientMain(args []string) {
	var o options
	flags := flag.NewFlagSet("get", flag.ExitOnError)
	flags.IntVar(&o.count, "count", 1, "calls per worker")
	flags.IntVar(&o.workers, "workers", 1, "concurrent workers")
	flags.IntVar(&o.perHost, "per-host", 0, "MaxIdleConnsPerHost")
	flags.IntVar(&o.total, "total", 100, "MaxIdleConns")
	flags.DurationVar(&o.pause, "pause", 0, "between calls of a worker")
	flags.DurationVar(&o.timeout, "timeout", 0, "Client.Timeout")
	flags.DurationVar(&o.readHeader, "head-timeout", 0, "ResponseHeaderTimeout")
	flags.DurationVar(&o.idle, "idle", 90*time.Second, "IdleConnTimeout")
	flags.DurationVar(&o.stay, "stay", 0, "keep running after the last call (0: until SIGTERM)")
	flags.StringVar(&o.body, "body", "drain", "drain, leave, or so many bytes to read")
	flags.StringVar(&o.agent, "agent", "", "User-Agent")
	flags.BoolVar(&o.closing, "close", false, "Request.Close")
	flags.BoolVar(&o.noKeep, "no-keep-alives", false, "DisableKeepAlives")
	flags.BoolVar(&o.perCall, "per-call", false, "a new Transport for each call")
	flags.BoolVar(&o.closeIdle, "close-idle", false, "CloseIdleConnections at the end")
	flags.Parse(args)
	o.urls = flags.Args()

	transport := newTransport(&o)
	var workers sync.WaitGroup
	for w := 0; w < o.workers; w++ {
		workers.Add(1)
		go func(w int) {
			defer workers.Done()
			for i := 0; i < o.count; i++ {
				client := &http.Client{Transport: transport, Timeout: o.timeout}
				if o.perCall {
					client.Transport = newTransport(&o)
				}
				get(&o, client, o.urls[(w+i)%len(o.urls)])
				time.Sleep(o.pause)
			}
		}(w)
	}
	workers.Wait()
	if o.closeIdle {
		transport.CloseIdleConnections()
	}
	wait(o.stay)
}

func wait(stay time.Duration) {
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM)
	if stay > 0 {
		time.AfterFunc(stay, func() { end <- syscall.SIGTERM })
	}
	<-end
}

// --- server ---

type listener struct{ net.Listener }

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	say(c.RemoteAddr(), "open")
	return &conn{Conn: c, client: c.RemoteAddr()}, nil
}

// number takes the number in a path such as /body/4096/...
func number(path string, at int) int {
	parts := strings.Split(path, "/")
	if len(parts) <= at {
		return 0
	}
	n, _ := strconv.Atoi(parts[at])
	return n
}

// answer serves /body/BYTES, /late/MILLISECONDS (before the head), /stall/MILLISECONDS/BYTES (after
// half of the body), /drip/MILLISECONDS/CHUNKS (a chunk each), /healthz.
func answer(w http.ResponseWriter, r *http.Request) {
	n := number(r.URL.Path, 2)
	pause := time.Duration(n) * time.Millisecond
	switch {
	case strings.HasPrefix(r.URL.Path, "/body/"):
		send(w, n, n, 0)
	case strings.HasPrefix(r.URL.Path, "/late/"):
		time.Sleep(pause)
		send(w, 100, 100, 0)
	case strings.HasPrefix(r.URL.Path, "/stall/"):
		size := number(r.URL.Path, 3)
		send(w, size, size/2, pause)
	case strings.HasPrefix(r.URL.Path, "/drip/"):
		for i := 0; i < number(r.URL.Path, 3); i++ {
			fmt.Fprintf(w, "chunk %d\n", i)
			w.(http.Flusher).Flush()
			time.Sleep(pause)
		}
	default:
		fmt.Fprint(w, "ok")
	}
}

func send(w http.ResponseWriter, size, first int, pause time.Duration) {
	w.Header().Set("Content-Type", "text/plain")
	w.Header().Set("Content-Length", strconv.Itoa(size))
	text := []byte(strings.Repeat("connection reuse\n", size/17+1))[:size]
	w.Write(text[:first])
	if pause > 0 {
		w.(http.Flusher).Flush()
		time.Sleep(pause)
		w.Write(text[first:])
	}
}

func serverMain(args []string) {
	flags := flag.NewFlagSet("serve", flag.ExitOnError)
	address := flags.String("listen", ":8080", "address")
	idle := flags.Duration("idle", 0, "IdleTimeout")
	read := flags.Duration("read", 0, "ReadTimeout")
	write := flags.Duration("write", 0, "WriteTimeout")
	closing := flags.Bool("close", false, "SetKeepAlivesEnabled(false)")
	flags.Parse(args)
	server := &http.Server{Handler: http.HandlerFunc(answer), IdleTimeout: *idle,
		ReadTimeout: *read, WriteTimeout: *write}
	server.SetKeepAlivesEnabled(!*closing)
	l, err := net.Listen("tcp", *address)
	if err != nil {
		panic(err)
	}
	server.Serve(listener{l})
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		serverMain(os.Args[2:])
	} else if len(os.Args) > 1 && os.Args[1] == "get" {
		clientMain(os.Args[2:])
	} else {
		fmt.Fprintln(os.Stderr, "usage: gohttp serve|get [options] [URL...]")
		os.Exit(2)
	}
}
