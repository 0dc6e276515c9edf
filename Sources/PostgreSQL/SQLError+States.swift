internal import SQL

extension SQLError.Code {
    /// The code for an error's code in the SQL standard.
    ///
    /// - Parameters:
    ///   - state: five letters or digits; `nil` if the connection failed without an answer of the server.
    ///   - isReading: whether the error is one of a transaction that reads.
    init(state: String?, isReading: Bool) {
        self =
            switch state {
            // A server that takes no writes is not the primary any more; another connection may find that.
            case "25006": isReading ? .notPermitted : .connectionLost
            case nil, "57P01", "57P02", "57P03", "57P05", "25P03": .connectionLost
            case "55P03", "40P01", "57014", "40001", "53300": .busy
            case "53100": .full
            case "58030": .inputOutput
            case "42501": .notPermitted
            case "XX001", "XX002": .corrupt
            // A value that its column can't hold: too large, of another type, with a character that can't be stored.
            case "22003", "22021", "22P02": .constraint
            case let state?: Self(class: state.prefix(2))
            }
    }

    private init(class name: Substring) {
        self =
            switch name {
            case "08": .connectionLost
            case "23": .constraint
            case "28": .notPermitted
            default: .statement
            }
    }
}
