service = catalogue.service(name="checkout")
cluster = k8s.cluster(id=service["cluster"]["id"])
ref = next(d["ref"] for d in cluster["deployments"] if d["name"] == service["name"])
deployment = k8s.deployment(ref=ref)
replicas = deployment["replicas"]
f"{service['name']} runs {deployment['image'].rsplit(':', 1)[1]} on {replicas['ready']}/{replicas['wanted']} replicas"
