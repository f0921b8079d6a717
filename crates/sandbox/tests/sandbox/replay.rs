//! A replay has every answer from the start and does exactly what the run did: same asks, same log, same end.

use weir_model::Language;
use weir_sandbox::Pool;

use super::recording::{Answered, Said, compare, in_language, record};
use crate::harness::*;

const ORDERS: [Answered; 4] =
    [Answered::AtOnce, Answered::Picked(&[0]), Answered::Picked(&[255]), Answered::Picked(&[3, 0, 1, 7, 2, 5])];

/// Every row, answered in several orders, is replayed. `asks`: at least so many operations, so that a row shows something.
fn check(language: Language, rows: &[(usize, &str)]) {
    within(async {
        let pool = Pool::new(config(1));
        for (asks, source) in rows {
            for order in ORDERS {
                let job = in_language(language, source);
                let first = record(&pool, job.clone(), order).await;
                let asked = first.said.iter().filter(|said| matches!(said, Said::Asked(_))).count();
                assert!(asked >= *asks, "only {asked} asks: {:?} of {source}", first.end);
                assert!(first.end.is_some(), "it ends: {source}");
                if let Err(difference) = compare(&pool, &job, &first).await {
                    panic!("{order:?}: {difference}");
                }
            }
        }
        pool.shut_down().await;
    });
}

#[test]
fn javascript_replays() {
    check(
        Language::TypeScript,
        &[
            (
                6,
                "return await Promise.all([1, 2, 3].map(async (n) => {\n  const a = await fake.echo({ n });\n  console.log(n, Date.now(), Math.random());\n  return a.n + (await fake.echo({ n: n * 10 })).n + Math.random();\n}))",
            ),
            (
                5,
                "const seen: unknown[] = [];\nfor (const ms of [30, 10, 20]) setTimeout(() => { seen.push(ms, Date.now()); console.log(ms) }, ms);\nconst id = setInterval(() => { seen.push('tick', new Date().toISOString()) }, 5);\nawait sleep(7); await sleep(8);\nclearInterval(id);\nreturn seen",
            ),
            (
                4,
                "const first = await Promise.race([fake.echo({ a: 1 }).then(() => 'a'), fake.echo({ b: 1 }).then(() => 'b'), new Promise((r) => setTimeout(() => r('t'), 50))]);\nconsole.log(first, performance.now());\nconst any = await Promise.any([fake.fail({}), fake.echo({ c: first })]);\nreturn [first, any, crypto.randomUUID(), new Date().toISOString()]",
            ),
            (
                3,
                "const all = await Promise.allSettled([fake.echo({}), fake.fail({ a: 1 }), fake.fail({ b: 1 })]);\nfake.fail({ unseen: true });\nreturn all.map((one: any) => one.status + (one.reason?.message ?? ''))",
            ),
            (
                200,
                "let sum = 0;\nfor (let i = 0; i < 200; i++) { sum += (await fake.echo({ i, r: Math.random() })).i; if (i % 50 === 0) console.log(i, sum) }\nreturn sum",
            ),
            (
                300,
                "const all = await Promise.all(Array.from({ length: 300 }, (_, i) => fake.echo({ i }).then((x) => { console.log(x.i); return x.i })));\nreturn all.length",
            ),
            (2, "await fake.echo({ a: 1 });\nawait fake.fail({ b: Date.now() });\nreturn 1"),
            (1, "setTimeout(() => console.log('never'), 1000);\nreturn Math.random()"),
            (
                2,
                "let work = 0;\nawait Promise.all([fake.echo({}), fake.echo({})].map((p, n) => p.then(() => { for (let i = 0; i < 2e5; i++) work += i; console.log(n, work) })));\nreturn work",
            ),
        ],
    );
}

#[test]
fn python_replays() {
    check(
        Language::Python,
        &[
            (
                6,
                "import asyncio, random, time\nasync def one(n):\n    a = await fake.echo.aio(n=n)\n    print(n, time.time(), random.random())\n    return a['n'] + (await fake.echo.aio(n=n * 10))['n']\nawait asyncio.gather(*[one(n) for n in (1, 2, 3)])",
            ),
            (
                3,
                "import asyncio, datetime\nasync def late(s):\n    await asyncio.sleep(s)\n    print(s, datetime.datetime.now())\n    return s\ndone, rest = await asyncio.wait([asyncio.ensure_future(late(s)) for s in (0.3, 0.1, 0.2)], return_when=asyncio.FIRST_COMPLETED)\nprint([task.get_name() for task in done], [task.get_name() for task in rest])\nfake.echo(n=1)\nfake.echo(n=2)\nlen(done)",
            ),
            (
                4,
                "import asyncio\ncalls = [asyncio.ensure_future(asyncio.wait_for(fake.echo.aio(n=n), 5)) for n in range(4)]\ndone, rest = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)\nprint(sorted(task.result()['n'] for task in done), [hash(task) % 1000 for task in rest])\n[(await task)['n'] for task in asyncio.as_completed(calls)]",
            ),
            (
                2,
                "import asyncio, time\nasync def slow():\n    fake.echo(block=1)\n    await asyncio.sleep(0.01)\n    time.sleep(0.5)\n    return fake.echo(block=2)['block']\ntry:\n    async with asyncio.TaskGroup() as group:\n        a = group.create_task(slow())\n        b = group.create_task(fake.fail.aio(x=1))\nexcept* ToolError as errors:\n    print(len(errors.exceptions), a.done(), b.done())\n'end'",
            ),
            (
                100,
                "import random\ntotal = 0\nfor i in range(100):\n    total += fake.echo(i=i, r=random.random())['i']\n    if i % 25 == 0: print(i, total, id(object()) % 4096)\ntotal",
            ),
            (
                100,
                "import asyncio\nasync def one(i):\n    x = await fake.echo.aio(i=i)\n    print(x['i'])\n    return x['i']\nsum(await asyncio.gather(*[one(i) for i in range(100)]))",
            ),
            (2, "fake.echo(a=1)\nfake.fail(b=2)"),
            (
                3,
                "import uuid, secrets\nforgotten = fake.fail.aio(a=1)\nx = fake.echo(u=str(uuid.uuid4()), s=secrets.token_hex(4))\n[x, {object() for _ in range(3)} != set(), fake.echo(last=True)]",
            ),
            (
                2,
                "import asyncio\nasync def work(n):\n    await fake.echo.aio(n=n)\n    total = 0\n    for i in range(50_000): total += i\n    print(n, total)\nawait asyncio.gather(work(1), work(2))\n1",
            ),
        ],
    );
}

#[test]
fn starlark_replays() {
    check(
        Language::Starlark,
        &[
            (
                6,
                "def one(n):\n    a = fake.echo(n=n)\n    print(n)\n    return a[\"n\"] + fake.echo(n=n * 10)[\"n\"]\nparallel(one, [1, 2, 3])",
            ),
            (
                9,
                "seen = []\ndef leaf(n):\n    sleep(n)\n    seen.append(n)\n    return fake.echo(n=n)[\"n\"]\ndef pair(n):\n    return parallel([lambda: leaf(n), lambda: leaf(n + 1), lambda: fake.echo(own=n)[\"own\"]])\nr = parallel({\"x\": lambda: pair(1), \"y\": lambda: pair(10), \"z\": lambda: seen.append(fake.echo(z=1))})\nprint(seen)\nr",
            ),
            (
                4,
                "r = attempt(lambda: parallel([lambda: fake.echo(a=1), lambda: fake.fail(b=1), lambda: [fake.echo(c=1), fake.echo(c=2)]]))\nprint(r.ok, r.error.message)\nparallel([lambda: attempt(lambda: fake.fail(d=1)).ok, lambda: fake.echo(e=1)[\"e\"]])",
            ),
            (
                60,
                "total = []\nfor i in range(60):\n    total.append(fake.echo(i=i)[\"i\"])\n    if i % 50 == 0:\n        print(i, len(total))\nsum(total)",
            ),
            (
                150,
                "def one(i):\n    x = fake.echo(i=i)[\"i\"]\n    print(x)\n    return x\nsum(parallel(one, range(150)))",
            ),
            (2, "fake.echo(a=1)\nfake.fail(b=2)"),
            (
                2,
                "def work(n):\n    fake.echo(n=n)\n    t = 0\n    for i in range(3000):\n        t += i\n    print(n, t)\nparallel(work, [1, 2])\n1",
            ),
        ],
    );
}
