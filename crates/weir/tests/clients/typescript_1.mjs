// The TypeScript SDK 1, which knows sessions only, against a weir. TARGET is {command, args} or {url}. Prints one JSON object.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const target = JSON.parse(process.env.TARGET);
const transport = target.url ? new StreamableHTTPClientTransport(new URL(target.url)) : new StdioClientTransport(target);
const client = new Client({ name: 'weir-tests', version: '1.0.0' });
const execute = (code, options) => client.callTool({ name: 'execute', arguments: { code } }, undefined, options);

await client.connect(transport);
const seen = { server: client.getServerVersion()?.name };
seen.tools = (await client.listTools()).tools.map((tool) => tool.name);
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
if (target.url) await transport.terminateSession();
await client.close();
console.log(JSON.stringify(seen));
process.exit(0);
