// SPDX-License-Identifier: BSD-2-Clause
// Node's clients: node nodeget.js NAME=VALUE... URL... with
//   with=agent|fetch   http.Agent with keepAlive, or fetch with its default pool
//   idle=MS            the agent's timeout (closes sockets that stay free so long)
//   timeout=MS         gives up a call after so long (fetch: AbortSignal)
//   body=drain|leave   leave destroys the response (fetch: cancels its body)
//   count=N workers=N pause=MS percall=yes (a new agent for each call)
// Logs ADDRESS PORT ACTION and stays until SIGTERM.
'use strict';
const http = require('http');
const channel = require('diagnostics_channel');

const options = { with: 'agent', count: 1, workers: 1, pause: 0, body: 'drain' };
const urls = [];
for (const each of process.argv.slice(2)) {
  if (each.startsWith('http:')) urls.push(each);
  else options[each.split('=')[0]] = each.split('=')[1];
}

const say = (socket, ...what) => console.log(socket.own, ...what, '@' + (Date.now() / 1000).toFixed(3));
const sleep = (time) => new Promise((done) => setTimeout(done, time));

function watch(socket) {
  socket.own = socket.localAddress + ' ' + socket.localPort;
  say(socket, 'open');
  socket.on('end', () => say(socket, socket.waiting ? 'peer-closed-unanswered' : 'peer-closed'));
  socket.on('error', (error) =>
    say(socket, socket.waiting ? 'error-unanswered' : 'error', error.code));
  socket.on('close', () => say(socket, 'closed'));
}
channel.subscribe('undici:client:connected', ({ socket }) => watch(socket));

const newAgent = () => new http.Agent({ keepAlive: true, timeout: Number(options.idle || 0) || undefined });
const shared = newAgent();

function viaAgent(url) {
  return new Promise((done) => {
    const agent = options.percall ? newAgent() : shared;
    const request = http.get(url, { agent }, (response) => {
      const { socket } = request;
      socket.waiting = false;
      if (options.body === 'leave' && response.headers['content-length'] !== '0') {
        say(socket, 'left-unread', response.headers['content-length']);
        response.destroy();
        done();
        return;
      }
      response.on('end', () => { say(socket, 'complete'); done(); });
      response.resume();
    });
    request.on('socket', (socket) => {
      const use = () => { socket.waiting = true; say(socket, 'request', url); };
      if (socket.own) use();
      else socket.once('connect', () => { watch(socket); use(); });
    });
    request.on('error', (error) => {
      if (request.socket && request.socket.own) say(request.socket, 'failed', error.code);
      done();
    });
    if (options.timeout) {
      request.setTimeout(Number(options.timeout), () => {
        say(request.socket, 'timeout');
        request.destroy();
      });
    }
  });
}

async function viaFetch(url) {
  const signal = options.timeout ? AbortSignal.timeout(Number(options.timeout)) : undefined;
  try {
    const response = await fetch(url, { signal });
    if (options.body === 'leave') await response.body.cancel();
    else await response.arrayBuffer();
    console.log('- - fetched', url, response.status);
  } catch (error) {
    console.log('- - failed', error.name, error.cause && error.cause.code);
  }
}

async function work(worker) {
  for (let i = 0; i < Number(options.count); i++) {
    const url = urls[(worker + i) % urls.length];
    await (options.with === 'fetch' ? viaFetch(url) : viaAgent(url));
    await sleep(Number(options.pause));
  }
}

for (let worker = 0; worker < Number(options.workers); worker++) work(worker);
setInterval(() => {}, 1000);
