const service = await catalogue.service({ name: "checkout" });
const cluster = await k8s.cluster({ id: service.cluster.id });
const { ref } = cluster.deployments.find((d: any) => d.name === service.name)!;
const { image, replicas: { ready, wanted } } = await k8s.deployment({ ref });
return `${service.name} runs ${image.split(":").pop()} on ${ready}/${wanted} replicas`;
