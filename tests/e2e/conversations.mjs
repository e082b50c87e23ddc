// Conversations as people have them, for screenshots and for what is awkward to lay out.
import { chatgptConversation } from "./exports.mjs";

const hour = 3600;
const day = 24 * hour;

const duplicates = [
  "My photo folder has grown to 180 GB, and I am sure half of it is there twice. How do I find the copies without comparing every file with every other one?",
  `Compare in the order of what it costs, and stop as soon as two files differ:

| Step | Reads | Leaves over |
|:--|:--|--:|
| Group by size | names and sizes only | about 12 % |
| Hash the first 64 kB | a little of each candidate | about 3 % |
| Hash all of it | only what still looks equal | the real copies |

One small function does all three, called with a finer key each time:

\`\`\`python
def split(groups, key):
    """Each group by a finer key; what stands alone has no copy."""
    for group in groups:
        finer = defaultdict(list)
        for path in group:
            finer[key(path)].append(path)
        yield from (same for same in finer.values() if len(same) > 1)
\`\`\`

It deletes nothing, and that is on purpose: **look at the list first.** Of two copies keep the one with EXIF data.`,
];

const lisbon = [
  "Three days in Lisbon with two kids, 5 and 8. Not too many museums, please.",
  `Then let the trams be the programme.

| Day | Morning | Afternoon |
|---|---|---|
| Friday | Oceanário, before ten it is quiet | cable car along the river, playground in the park |
| Saturday | tram 28 from its first stop | Castelo: walls to climb, peacocks to follow |
| Sunday | train to Cascais (40 min) | beach, ice cream, back before dinner |

The hills are steeper than they look on the map: **a carrier is worth more than a pushchair**.`,
];

const lifetimes = [
  "Why does Rust say `borrowed value does not live long enough` here?\n\n```rust\nfn longest() -> &str {\n    let text = String::from(\"hello\");\n    &text\n}\n```",
  "Because `text` is dropped at the closing brace, and the reference would outlive it. Give the value itself away:\n\n```rust\nfn longest() -> String {\n    String::from(\"hello\")\n}\n```\n\nA borrowed `&str` can only be returned when the caller lent it to you.",
];

const arabic = [
  "ما الفرق بين الفصحى واللهجات؟",
  "الفصحى هي لغة الكتابة والأخبار، أما اللهجات فهي لغة البيت والشارع.\n\n1. **الفصحى** واحدة في كل البلاد.\n2. **اللهجات** كثيرة، وتختلف من مدينة إلى أخرى.\n\n| الكلمة | الفصحى | المصرية |\n|---|---|---|\n| الآن | الآن | دلوقتي |\n| ماذا | ماذا | إيه |\n\nوللبرمجة مثال: `print(\"مرحبا\")`.",
];

const chinese = [
  "请用三句话解释为什么天空是蓝色的。",
  "阳光由各种颜色的光组成，穿过大气时会被空气分子散射。**蓝光的波长较短，散射得比红光强得多**，所以我们从各个方向都能看到蓝光。傍晚阳光穿过更厚的大气，蓝光已经散尽，剩下的便是红色和橙色。",
];

const wide = [
  "Show me everything at once: a wide table, long lines of code and a very long word.",
  `| Station | Opened | Gauge, mm | Platforms | Longest train, m | Passengers in 1913 | Passengers in 2019 | Remarks |
|---|---|--:|--:|--:|--:|--:|---|
| Harbour | 1862 | 1435 | 4 | 210 | 1 204 311 | 3 450 122 | rebuilt after the fire, the clock is original |
| Upper town | 1871 | 1000 | 2 | 90 | 402 118 | 1 002 430 | rack railway, closed in winter |

\`\`\`sh
find /srv/archive -type f -name '*.tif' -newermt '2019-01-01' ! -newermt '2020-01-01' -print0 | xargs -0 -n 1 -P 4 sh -c 'convert "$1" -resize 2400x "\${1%.tif}.jpg"' sh
\`\`\`

Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft${"overflow".repeat(20)}

https://example.org/a/very/long/address/that/has/no/space/in/it/and/goes/on/for/longer/than/a/phone/is/wide?with=parameters&and=more`,
];

/** A title of 200 characters. */
export const longTitle = "Notes on how to move a household of six people, two cats and a piano from the fourth floor of a house without a lift to the ground floor of another one, in the rain, on a Sunday, and in a borrowed van";

const small = (subject, answer) => [`${subject}?`, answer];

/** What a list of conversations looks like after some weeks; `now` in seconds. The first one is the newest. */
export function everyday(now) {
  const at = (ago, title, texts) => chatgptConversation({ title, time: Math.floor(now - ago - texts.length), texts });
  return [
    at(300, "Finding duplicate photos", duplicates),
    at(2 * hour, "Rust: does not live long enough", lifetimes),
    at(3 * hour, "A long weekend in Lisbon", lisbon),
    at(1 * day, "Questions for the landlord", small("What should I ask before signing", "Ask for the heating bills of the last two winters.")),
    at(1 * day + hour, "الفصحى واللهجات", arabic),
    at(1 * day + 2 * hour, "Sourdough that does not rise", small("Why is it flat", "Most often it is too cold: 24 °C is what it likes.")),
    at(3 * day, "天空为什么是蓝色的", chinese),
    at(3 * day + hour, "Speech for Ana's wedding", small("How long should it be", "Three minutes, one story, one wish.")),
    at(4 * day, "Backup plan for the family archive", small("How many copies", "Three, on two kinds of media, one elsewhere.")),
    at(5 * day, "SQL: newest row per group", small("How do I select it", "With a window function: `row_number() over (partition by ...)`.")),
    at(9 * day, "Learning to read sheet music", small("Where do I begin", "With the C that both staves share.")),
    at(12 * day, "Bicycle: brakes squeal", small("Why", "Clean the rim, then toe the pads in.")),
    at(16 * day, "Explain compound interest to a child", small("How", "With a jar of beans that has a baby bean every night.")),
    at(20 * day, "Letter to the insurance", small("How do I object", "In writing, within the month, with the number of the claim.")),
    at(40 * day, "Names for a sailing boat", small("Ideas", "Something short that is understood over the radio.")),
    at(45 * day, "Why is the sea salty", small("Why", "Rivers bring the salt, and only water leaves.")),
  ];
}

/** What is awkward to lay out, by name. */
export const awkward = { longTitle, arabic, chinese, wide, duplicates };
