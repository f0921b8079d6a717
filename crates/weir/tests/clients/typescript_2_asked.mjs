// The TypeScript SDK 2 with a person who answers: SAYS holds one answer for each question, in turn. MODE is its versionNegotiation
// mode; TARGET is {command, args} or {url}; PROGRAM is what it executes. Prints one JSON object.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

const target = JSON.parse(process.env.TARGET);
const says = JSON.parse(process.env.SAYS);
const transport = target.url ? new StreamableHTTPClientTransport(new URL(target.url)) : new StdioClientTransport(target);
const options = { versionNegotiation: { mode: process.env.MODE }, capabilities: says.length ? { elicitation: { form: {} } } : {} };
const client = new Client({ name: 'weir-tests', version: '1.0.0' }, options);
const questions = [];
if (says.length) {
  client.setRequestHandler('elicitation/create', async (request) => {
    questions.push(request.params.message);
    return says[questions.length - 1];
  });
}
await client.connect(transport);
const answer = await client.callTool({ name: 'execute', arguments: { code: process.env.PROGRAM } });
const run = answer._meta['weir/run'];
const seen = { version: client.getNegotiatedProtocolVersion(), questions, text: answer.content[0].text, status: run.status, run: run.run };
seen.approvals = (run.approvals ?? []).map((approval) => approval.id);
const large = await client.callTool({ name: 'execute', arguments: { code: "return 'x'.repeat(200000)" } });
const uri = large.content[0].text.match(/weir:\/\/results\/h_\w+/)[0];
const { contents } = await client.readResource({ uri });
seen.large = JSON.parse(contents[0].text).length;
const { resources } = await client.listResources();
seen.listed = resources.map(({ uri, size, mimeType }) => ({ newest: uri === contents[0].uri, size, mimeType }));
seen.templates = (await client.listResourceTemplates()).resourceTemplates.map((template) => template.uriTemplate);
await client.close();
console.log(JSON.stringify(seen));
process.exit(0);
