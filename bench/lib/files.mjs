// bench/files: see there. Writes bench/results/files-*.json.
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './contestants.mjs';
import { median } from './figures.mjs';
import { describeMachine } from './machine.mjs';
import { exchange } from './raw-client.mjs';
import { Server } from './server.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { small: { type: 'string', default: '5000' }, large: { type: 'string', default: '50' }, rounds: { type: 'string', default: '3' }, connections: { type: 'string', default: '16' }, only: { type: 'string' } },
});
const binary = path.resolve(positionals[0] ?? path.join(root, 'build/release/threadkeep'));
const nginx = path.join(root, 'build/bench/nginx/usr/sbin/nginx');
const folder = path.join(root, 'build/bench/files'); // beside the sources: /tmp may be memory, which syncs nothing
const connections = Number(options.connections);

fs.rmSync(folder, { recursive: true, force: true });
const counter = path.join(root, 'build/bench/file_syncs.so');
fs.mkdirSync(folder, { recursive: true });
execFileSync('cc', ['-O2', '-shared', '-fPIC', '-o', counter, path.join(root, 'bench/raw/file_syncs.c'), '-ldl']);
const preload = (syncs) => (syncs ? [`LD_PRELOAD=${counter}`, `FILE_SYNCS=${syncs}`] : []);

// Every file begins with bytes of its own, so that none is stored twice.
const pool = randomBytes(10_000_000);
function makeFiles(count, sizeOf) {
  const files = [];
  for (let i = 0; i < count; i++) files.push({ own: randomBytes(16), size: sizeOf(i) });
  return files;
}
const sets = {
  small: makeFiles(Number(options.small), (i) => 10_000 + ((i * 7_919) % 180_000)),
  large: makeFiles(Number(options.large), () => 10_000_000),
};
const body = ({ own, size }) => [own, pool.subarray(0, size - own.length)];

const threadkeep = {
  async start(syncs) {
    const here = fresh('threadkeep');
    return Server.start((port) => ['env', ...preload(syncs), binary, 'serve', '--listen', `127.0.0.1:${port}`, '--store', `sqlite:${here}/t.db`], '/readyz');
  },
  put: (port, file) => [`POST /api/attachments HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: image/png\r\nContent-Length: ${file.size}\r\n\r\n`, ...body(file)],
  name(file, head) {
    file.path = /\r\nlocation: *([^\r]+)/i.exec(head)[1];
  },
};

const nginxServer = {
  async start(syncs) {
    const here = fresh('nginx');
    fs.mkdirSync(`${here}/www`);
    fs.writeFileSync(`${here}/www/ready`, 'ready');
    return Server.start((port) => {
      // As many processes as the server has threads that store files. No log; sendfile, and what else makes it fast.
      fs.writeFileSync(`${here}/nginx.conf`, `worker_processes 4; daemon off; pid ${here}/pid; error_log stderr error; ${process.getuid() === 0 ? 'user root;' : ''}
        ${syncs ? 'env LD_PRELOAD; env FILE_SYNCS;' : ''}
        events { worker_connections 1024; }
        http { access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_requests 1000000; open_file_cache off;
          client_body_temp_path ${here}/body; proxy_temp_path ${here}/p; fastcgi_temp_path ${here}/f; uwsgi_temp_path ${here}/u; scgi_temp_path ${here}/s;
          client_max_body_size 100m;
          server { listen 127.0.0.1:${port}; root ${here}/www; location / { dav_methods PUT; create_full_put_path on; } } }`);
      return ['env', ...preload(syncs), nginx, '-e', 'stderr', '-p', here, '-c', `${here}/nginx.conf`];
    }, '/ready');
  },
  put(port, file) {
    const name = file.own.toString('hex');
    file.path = `/${name.slice(0, 2)}/${name}`; // as many folders as the server makes
    return [`PUT ${file.path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: image/png\r\nContent-Length: ${file.size}\r\n\r\n`, ...body(file)];
  },
  name() {},
};

const contestants = {
  threadkeep: [threadkeep, undefined],
  nginx: [nginxServer, undefined],
  'threadkeep without syncs': [threadkeep, 'none'],
  'nginx with syncs': [nginxServer, 'rename'],
};

// Nothing is removed before the end: for minutes after that ext4 looks through the places of removed files whenever it makes one.
let places = 0;
function fresh(name) {
  const here = path.join(folder, `${name}-${(places += 1)}`);
  fs.mkdirSync(here, { recursive: true });
  return here;
}

function must(wanted, status, head) {
  if (status !== wanted) throw new Error(`${status} instead of ${wanted}: ${head}`);
}

/** Milliseconds of the processor so far: of the server, and of the processes that it started. */
function cpuMs(server) {
  let ticks = 0;
  for (const name of fs.readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    try {
      const fields = fs.readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1].split(' ');
      if (Number(name) === server.child.pid || Number(fields[1]) === server.child.pid) ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // It has ended meanwhile.
    }
  }
  return ticks * 10;
}

/** Milliseconds for each set: up, until the disk has what it has not got yet, down. */
async function measure([contestant, syncs]) {
  const server = await contestant.start(syncs);
  const times = {};
  try {
    for (const [name, files] of Object.entries(sets)) {
      if (files.length === 0) continue;
      execFileSync('sync');
      const atBegin = cpuMs(server);
      const up = await exchange(server.port, files.length, connections, (i) => contestant.put(server.port, files[i]), (i, status, head) => {
        must(201, status, head);
        contestant.name(files[i], head);
      });
      const upCpu = cpuMs(server) - atBegin;
      const begin = performance.now();
      execFileSync('sync');
      const upSync = performance.now() - begin;
      const down = await exchange(server.port, files.length, connections, (i) => [`GET ${files[i].path} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n\r\n`], (i, status, head, bytes) => {
        must(200, status, head);
        if (bytes !== files[i].size) throw new Error(`${bytes} bytes instead of ${files[i].size}`);
      });
      const downCpu = cpuMs(server) - atBegin - upCpu;
      times[name] = { up, upSync, down, upCpu, downCpu };
      await checkOne(server.port, files.at(-1));
    }
  } finally {
    await server.stop();
  }
  return times;
}

async function checkOne(port, file) {
  const bytes = Buffer.from(await (await fetch(`http://127.0.0.1:${port}${file.path}`)).arrayBuffer());
  const hash = (parts) => parts.reduce((sum, part) => sum.update(part), createHash('sha256')).digest('hex');
  if (hash([bytes]) !== hash(body(file))) throw new Error('it came back as something else');
}

const machine = describeMachine(folder);
const rounds = [];
for (let round = 0; round < Number(options.rounds); round++) {
  const order = Object.keys(contestants).filter((name) => !options.only || options.only.split(',').includes(name));
  if (round % 2) order.reverse();
  const figures = {};
  for (const name of order) {
    figures[name] = await measure(contestants[name]);
    console.log(`round ${round + 1}, ${name}: ${Object.entries(figures[name]).map(([set, t]) => `${set} up ${t.up.toFixed(0)} ms (+ ${t.upSync.toFixed(0)} sync; ${t.upCpu} of the processor), down ${t.down.toFixed(0)} ms (${t.downCpu})`).join('; ')}`);
  }
  rounds.push(figures);
}
fs.rmSync(folder, { recursive: true, force: true });

const ratios = {};
for (const set of Object.keys(sets).filter((name) => sets[name].length > 0)) {
  const of = (ours, theirs, what) => (rounds[0][ours] && rounds[0][theirs] ? median(rounds.map((round) => what(round[ours][set]) / what(round[theirs][set]))) : undefined);
  ratios[set] = {
    down: of('threadkeep', 'nginx', ({ down }) => down),
    upBothDurable: of('threadkeep', 'nginx with syncs', ({ up }) => up),
    upNeitherDurable: of('threadkeep without syncs', 'nginx', ({ up }) => up),
    upToNotDurable: of('threadkeep', 'nginx', ({ up }) => up),
    downCpu: of('threadkeep', 'nginx', ({ downCpu }) => downCpu),
    upCpu: of('threadkeep', 'nginx with syncs', ({ upCpu }) => upCpu),
    upToNotDurableAndSync: of('threadkeep', 'nginx', ({ up, upSync }) => up + upSync),
  };
}
console.log(JSON.stringify(ratios, null, 2));
const result = { machine, options, bytes: Object.fromEntries(Object.entries(sets).map(([name, files]) => [name, files.reduce((sum, { size }) => sum + size, 0)])), ratios, rounds };
fs.writeFileSync(path.join(root, `bench/results/files-${new Date().toISOString().slice(0, 10)}.json`), `${JSON.stringify(result, null, 1)}\n`);
