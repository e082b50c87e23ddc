// What the numbers were taken on.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

function line(file, ...rest) {
  try {
    return execFileSync(file, rest, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).split('\n')[0].trim();
  } catch (error) {
    return String(error.stdout ?? '').split('\n')[0].trim() || 'unknown'; // wrk -v ends with 1
  }
}

/** Median microseconds to overwrite 4 KiB in `folder` and wait until the disk has it. */
function fdatasyncUs(folder) {
  execFileSync('sync'); // what earlier work left to write would be waited for, too
  const file = path.join(folder, 'fdatasync.tmp');
  const descriptor = fs.openSync(file, 'w');
  const block = Buffer.alloc(4096, 1);
  const times = [];
  for (let i = 0; i < 300; i++) {
    const start = performance.now();
    fs.writeSync(descriptor, block, 0, block.length, 0);
    fs.fdatasyncSync(descriptor);
    times.push((performance.now() - start) * 1000);
  }
  fs.closeSync(descriptor);
  fs.unlinkSync(file);
  return Math.round(times.sort((a, b) => a - b)[150]);
}

function osName() {
  const text = fs.readFileSync('/etc/os-release', 'utf8');
  return text.match(/^PRETTY_NAME="(.*)"/m)?.[1] ?? 'Linux';
}

export function describeMachine(folder) {
  const filesystem = line('findmnt', '--noheadings', '--output', 'FSTYPE', '--target', folder);
  return {
    cpu: os.cpus()[0].model.replace(/\s+/g, ' ').trim(),
    cores: os.cpus().length,
    memoryGib: Math.round(os.totalmem() / 2 ** 30),
    kernel: os.release(),
    os: osName(),
    filesystem,
    fdatasyncUs: fdatasyncUs(folder),
    loadBefore: Number(os.loadavg()[0].toFixed(2)),
    versions: { node: process.version, wrk: line('wrk', '-v').split(' ').slice(0, 3).join(' '), compiler: line('g++', '--version') },
  };
}

/** For file names: "2-cores-amd-epyc". */
export function shortName(machine) {
  const words = machine.cpu.toLowerCase().replace(/\(.*?\)|processor|cpu/g, ' ').match(/[a-z0-9]+/g) ?? [];
  return [`${machine.cores}-cores`, ...words.slice(0, 2)].join('-');
}
