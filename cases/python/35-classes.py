class Account:
    interest = 0.02
    opened = 0

    def __init__(self, owner, balance=0):
        self.owner, self._balance, self.history = owner, balance, []
        type(self).opened += 1

    @property
    def balance(self):
        return self._balance

    @balance.setter
    def balance(self, value):
        if value < 0:
            raise ValueError(f"{self.owner} cannot owe {-value}")
        self.history.append(value - self._balance)
        self._balance = value

    @classmethod
    def parse(cls, text):
        owner, balance = text.split(":")
        return cls(owner, int(balance))

    @staticmethod
    def valid(owner):
        return owner.isalpha()

    def __repr__(self):
        return f"{type(self).__name__}({self.owner!r}, {self.balance})"

    def __eq__(self, other):
        return isinstance(other, Account) and self.owner == other.owner

    def __hash__(self):
        return hash(self.owner)

    def __len__(self):
        return len(self.history)

    def __contains__(self, change):
        return change in self.history

    def __add__(self, other):
        return Account(f"{self.owner}+{other.owner}", self.balance + other.balance)

    def __getitem__(self, index):
        return self.history[index]

    def __call__(self, years):
        return round(self.balance * (1 + self.interest) ** years, 2)


class Savings(Account):
    interest = 0.05

    def __init__(self, owner, balance=0, goal=100):
        super().__init__(owner, balance)
        self.goal = goal

    @property
    def reached(self):
        return self.balance >= self.goal


class Slotted:
    __slots__ = ("x",)


ada, bo = Account("ada", 10), Savings.parse("bo:50")
ada.balance += 5
bo.balance -= 20
try:
    bo.balance = -1
    refused = ""
except ValueError as error:
    refused = str(error)
slotted = Slotted()
try:
    slotted.y = 1
    open_slots = True
except AttributeError:
    open_slots = False
result = {
    "repr": [repr(ada), repr(bo), repr(ada + bo)],
    "refused": refused,
    "opened": [Account.opened, Savings.opened],
    "equal": [ada == Savings("ada"), len({ada, Account("ada")})],
    "dunders": [len(ada), 5 in ada, bo[0], ada(2), bo(2)],
    "reached": bo.reached,
    "mro": [c.__name__ for c in Savings.__mro__],
    "checks": [isinstance(bo, Account), issubclass(Account, Savings), Account.valid("x1"), hasattr(ada, "goal"), getattr(ada, "goal", None)],
    "slots": open_slots,
    "vars": sorted(vars(bo)),
}
