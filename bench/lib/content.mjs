// What every contestant is filled with. The same bytes each time, so that runs can be compared.

/** Each group: how many conversations, and how many messages each has. */
export const groups = {
  busy: { conversations: 256, messages: 50 }, // takes the appends, gives the pages
  long: { conversations: 1, messages: 10_000 },
  short: { conversations: 1, messages: 50 },
  many: { conversations: 2_000, messages: 1 }, // what a sidebar has to choose from
};

const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const words = (
  'the of and to in is that for it as with on be this are from or an by not at can which one has more also if we how when ' +
  'there what about out up into than them then these some would make like time just know take people year your good could ' +
  'server message question answer because between conversation reading writing function memory window harbour lantern ' +
  'measure however different example structure remember important several possible paragraph'
).split(' ');

/** xorshift32: the same numbers on every machine. */
export function randomFrom(seed) {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function ulid(ms, random) {
  let time = '';
  for (let i = 0, rest = ms; i < 10; i++, rest = Math.floor(rest / 32)) time = letters[rest % 32] + time;
  let tail = '';
  for (let i = 0; i < 16; i++) tail += letters[random(32)];
  return time + tail;
}

/** Ids of the conversations of a group. */
export function conversationIds(group) {
  const random = randomFrom(1000 + Object.keys(groups).indexOf(group));
  return Array.from({ length: groups[group].conversations }, (_, i) => ulid(1_750_000_000_000 + i, random));
}

/** 64 texts of exactly 560 bytes, without characters that JSON has to escape. */
export function texts() {
  const random = randomFrom(7);
  return Array.from({ length: 64 }, () => {
    let text = '';
    while (text.length < 560) text += `${words[random(words.length)]} `;
    return `${text.slice(0, 559)}.`;
  });
}

/** All messages in the order they are sent: the conversations take turns at random, as people do. */
export function* messages() {
  const random = randomFrom(42);
  const turns = Object.keys(groups).flatMap((group) =>
    conversationIds(group).flatMap((id) => new Array(groups[group].messages).fill(id)),
  );
  for (let i = turns.length - 1; i > 0; i--) {
    const k = random(i + 1);
    [turns[i], turns[k]] = [turns[k], turns[i]];
  }
  const pool = texts();
  for (const [i, conversation] of turns.entries()) {
    const content = [{ type: 'text', text: pool[random(pool.length)] }];
    yield { conversation, body: { id: ulid(1_760_000_000_000 + i, random), role: i % 2 ? 'assistant' : 'user', content } };
  }
}
