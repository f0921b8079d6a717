return (await board.cards()).map((card: string) => card.toUpperCase());
