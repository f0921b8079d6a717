[card.upper() for card in board.cards()]
