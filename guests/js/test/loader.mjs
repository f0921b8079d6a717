// Lets Node load the guest's sources: a stand-in for the host, and packages from where `cargo xtask guests` put them.
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

// QuickJS has an accessor here, and the guest takes its setter.
let framesSeen = Error.stackTraceLimit;
Object.defineProperty(Error, 'stackTraceLimit', { get: () => framesSeen, set: (count) => { framesSeen = count; }, configurable: true });

const host = new URL('host.mjs', import.meta.url).href;
const packages = pathToFileURL(`${import.meta.dirname}/../../../target/guests/js/`).href;

registerHooks({
  resolve(specifier, context, next) {
    if (specifier.startsWith('weir:')) return { url: host, shortCircuit: true };
    if (specifier.startsWith('core-js/')) return next(`${specifier}.js`, { ...context, parentURL: packages });
    return next(specifier, context);
  },
});
