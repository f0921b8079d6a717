// A browser whose person logs in and agrees: Node's fetch with cookies, redirects and the two forms of the login server. START is the
// address it opens. Prints the page it ends at.
const cookies = new Map();
let [url, body] = [new URL(process.env.START), undefined];
for (let hop = 0; hop < 20; hop += 1) {
  const headers = { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
  if (body) headers['content-type'] = 'application/x-www-form-urlencoded';
  const response = await fetch(url, { method: body ? 'POST' : 'GET', body, headers, redirect: 'manual' });
  for (const cookie of response.headers.getSetCookie()) {
    const [, name, value] = cookie.match(/^([^=]*)=([^;]*)/);
    cookies.set(name, value);
  }
  const location = response.headers.get('location');
  if (location) {
    [url, body] = [new URL(location, url), undefined];
    continue;
  }
  const page = await response.text();
  const action = page.match(/action="([^"]*)"/)?.[1];
  if (!action) {
    console.log(page);
    process.exit(response.ok ? 0 : 1);
  }
  [url, body] = [new URL(action, url), page.includes('value="login"') ? 'prompt=login&login=me&password=x' : 'prompt=consent'];
}
process.exit(1);
