/// Gives up its flow at the first failure, and asks the retry around it.
public struct AlwaysRevert: Retry {
    /// `always-revert`.
    public static let name = "always-revert"

    /// A retry that never tries again.
    public init() {}

    /// Gives nothing.
    public func execute(_ input: Nothing, history: History<Nothing>) -> Nothing { Nothing() }

    /// Always the same.
    public func onFailure(_ input: Nothing, history: History<Nothing>) -> Decision { .revert }
}

/// Has everything reverted at the first failure in its flow.
public struct AlwaysRevertAll: Retry {
    /// `always-revert-all`.
    public static let name = "always-revert-all"

    /// A retry that never tries again, nor lets any other.
    public init() {}

    /// Gives nothing.
    public func execute(_ input: Nothing, history: History<Nothing>) -> Nothing { Nothing() }

    /// Always the same.
    public func onFailure(_ input: Nothing, history: History<Nothing>) -> Decision { .revertAll }
}

/// Tries its flow a number of times.
public struct Times: Retry {
    /// What an attempt is given.
    public struct Output: Fields {
        /// Its number, from 1.
        @Field public var attempt: Int
    }
    /// `times`.
    public static let name = "times"
    private let attempts: Int
    private let revertsAll: Bool
    private let pause: Pause

    /// - Parameters:
    ///   - attempts: how often the flow is executed at most, the first time included; at least once.
    ///   - revertsAll: whether everything is reverted after the last, and not this flow alone.
    ///   - pause: how long to wait before each attempt but the first.
    public init(_ attempts: Int = 1, revertsAll: Bool = false, pause: Pause = .none) {
        self.attempts = attempts
        self.revertsAll = revertsAll
        self.pause = pause
    }

    /// Gives what the next attempt is tried with.
    public func execute(_ input: Nothing, history: History<Output>) async throws -> Output {
        try await pause.wait(before: history.attempts.count + 1)
        return Output(attempt: history.attempts.count + 1)
    }

    /// Decides by how often the flow has been tried.
    public func onFailure(_ input: Nothing, history: History<Output>) -> Decision {
        history.attempts.count < attempts ? .retry : revertsAll ? .revertAll : .revert
    }
}

/// Tries its flow once with each of some values.
public struct ForEach<Value: Codable & Sendable & Hashable>: Retry {
    /// What an attempt is given.
    public struct Output: Fields {
        /// The value that it is tried with.
        @Field public var value: Value
    }
    /// `for-each`.
    public static var name: String { "for-each" }
    private let values: [Value]
    private let revertsAll: Bool

    /// - Parameter revertsAll: whether everything is reverted after the last, and not this flow alone.
    public init(_ values: [Value], revertsAll: Bool = false) {
        self.values = values
        self.revertsAll = revertsAll
    }

    /// Gives what the next attempt is tried with.
    public func execute(_ input: Nothing, history: History<Output>) throws -> Output {
        guard history.attempts.count < values.count else { throw NoValueLeft() }
        return Output(value: values[history.attempts.count])
    }

    /// Decides by how often the flow has been tried.
    public func onFailure(_ input: Nothing, history: History<Output>) -> Decision {
        history.attempts.count < values.count ? .retry : revertsAll ? .revertAll : .revert
    }
}

/// Tries its flow once with each of the values that an input gives.
public struct ParameterizedForEach<Value: Codable & Sendable & Hashable>: Retry {
    /// What it takes.
    public struct Input: Fields {
        /// The values to try.
        @Field public var values: [Value]
    }
    /// What an attempt is given.
    public struct Output: Fields {
        /// The value that it is tried with.
        @Field public var value: Value
    }
    /// `parameterized-for-each`.
    public static var name: String { "parameterized-for-each" }
    private let revertsAll: Bool

    /// - Parameter revertsAll: whether everything is reverted after the last, and not this flow alone.
    public init(of: Value.Type = Value.self, revertsAll: Bool = false) { self.revertsAll = revertsAll }

    /// Gives what the next attempt is tried with.
    public func execute(_ input: Input, history: History<Output>) throws -> Output {
        guard history.attempts.count < input.values.count else { throw NoValueLeft() }
        return Output(value: input.values[history.attempts.count])
    }

    /// Decides by how often the flow has been tried.
    public func onFailure(_ input: Input, history: History<Output>) -> Decision {
        history.attempts.count < input.values.count ? .retry : revertsAll ? .revertAll : .revert
    }
}

/// A retry was to try another value, and there is none.
public struct NoValueLeft: Error, Sendable, Hashable, Codable, CustomStringConvertible {
    /// For people: what failed, and why.
    public var description: String { "there is no value left to try" }
}
