texts = ["naïve café", "日本語", "👩‍👩‍👧 family", "e\u0301 combined", "\u2028 separator \x00 nul", '"quoted" \\ back']
[echo.say(text=text)["said"] for text in texts]
