// The TypeScript SDK 2 against a weir. MODE is its versionNegotiation mode; TARGET is {command, args} or {url}. Prints one JSON object.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

const target = JSON.parse(process.env.TARGET);
const transport = target.url ? new StreamableHTTPClientTransport(new URL(target.url)) : new StdioClientTransport(target);
const client = new Client({ name: 'weir-tests', version: '1.0.0' }, { versionNegotiation: { mode: process.env.MODE } });
const execute = (code, options) => client.callTool({ name: 'execute', arguments: { code } }, options);

await client.connect(transport);
const seen = { version: client.getNegotiatedProtocolVersion(), era: client.getProtocolEra(), server: client.getServerVersion()?.name };
const { tools } = await client.listTools();
seen.tools = tools.map((tool) => tool.name);
seen.answer = (await execute(`return (await probe.echo({text: 'hello'})).text`)).content[0].text;
seen.found = (await client.callTool({ name: 'search', arguments: { query: 'answer with the same text' } })).content[0].text;
const failed = await execute('await probe.fail({})');
seen.failed = [failed.isError, failed._meta['weir/run'].error.kind];
const steps = [];
await execute(`await probe.echo({}); await probe.echo({}); return 1`, { onprogress: (step) => steps.push(step.message) });
seen.steps = steps;
seen.many = (await Promise.all(Array.from({ length: 20 }, (_, n) => execute(`return ${n} * 2`)))).map((answer) => Number(answer.content[0].text));
const abort = new AbortController();
const waiting = execute('await probe.wait({})', { signal: abort.signal }).then(() => 'answered', () => 'aborted');
setTimeout(() => abort.abort(), 500);
seen.waiting = await waiting;
seen.after = (await execute('return "after"')).content[0].text;
await client.close();
console.log(JSON.stringify(seen));
process.exit(0);
