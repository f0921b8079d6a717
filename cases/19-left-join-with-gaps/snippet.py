def price(product):
    try:
        return prices.lookup(product=product)["cents"]
    except ToolError as error:
        if error.status == 404:
            return None
        raise

{product: price(product) for product in basket.items()}
