/// The symbols that the part that is being placed can see. They are added on entering a flow and removed on leaving it.
struct VisibleSymbols {
    private(set) var providers: Compiler.Symbols = [:]
    private var replaced: [(symbol: String, providers: [Compiler.Provider]?)] = []

    /// The current state, for ``restore(to:)``.
    var mark: Int { replaced.count }

    mutating func show(_ symbol: String, _ providers: [Compiler.Provider]) {
        replaced.append((symbol, self.providers.updateValue(providers, forKey: symbol)))
    }

    mutating func show(_ symbols: Compiler.Symbols) {
        for (symbol, providers) in symbols { show(symbol, providers) }
    }

    mutating func restore(to mark: Int) {
        while replaced.count > mark {
            let last = replaced.removeLast()
            providers[last.symbol] = last.providers
        }
    }
}
