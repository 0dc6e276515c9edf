/// A retry that reverts its flow for good at the first failure, and leaves the rest to the surrounding retry.
public struct AlwaysRevert: Retry {
    /// `always-revert`.
    public static let name = "always-revert"

    /// Creates the retry.
    public init() {}

    /// Provides no values.
    public func execute(_ input: Nothing, history: History<Nothing>) -> Nothing { Nothing() }

    /// Always decides ``Decision/revert``.
    public func onFailure(_ input: Nothing, history: History<Nothing>) -> Decision { .revert }
}

/// A retry that reverts the whole run at the first failure in its flow.
public struct AlwaysRevertAll: Retry {
    /// `always-revert-all`.
    public static let name = "always-revert-all"

    /// Creates the retry.
    public init() {}

    /// Provides no values.
    public func execute(_ input: Nothing, history: History<Nothing>) -> Nothing { Nothing() }

    /// Always decides ``Decision/revertAll``.
    public func onFailure(_ input: Nothing, history: History<Nothing>) -> Decision { .revertAll }
}

/// A retry that tries its flow a number of times.
public struct Times: Retry {
    /// The values of an attempt.
    public struct Output: Fields {
        /// The attempt's number, from 1.
        @Field public var attempt: Int
    }
    /// `times`.
    public static let name = "times"
    private let attempts: Int
    private let revertsAll: Bool
    private let pause: Pause

    /// - Parameters:
    ///   - attempts: the greatest number of attempts, including the first; values below 1 count as 1.
    ///   - revertsAll: whether the whole run is reverted after the last attempt, and not this flow alone.
    ///   - pause: the pause before each attempt but the first.
    public init(_ attempts: Int = 1, revertsAll: Bool = false, pause: Pause = .none) {
        self.attempts = attempts
        self.revertsAll = revertsAll
        self.pause = pause
    }

    /// Provides the number of the next attempt, after the pause.
    public func execute(_ input: Nothing, history: History<Output>) async throws -> Output {
        try await pause.wait(before: history.attempts.count + 1)
        return Output(attempt: history.attempts.count + 1)
    }

    /// Decides by the number of attempts so far.
    public func onFailure(_ input: Nothing, history: History<Output>) -> Decision {
        history.attempts.count < attempts ? .retry : revertsAll ? .revertAll : .revert
    }
}

/// A retry that tries its flow once with each of a list of values.
public struct ForEach<Value: Codable & Sendable & Hashable>: Retry {
    /// The values of an attempt.
    public struct Output: Fields {
        /// The value of this attempt.
        @Field public var value: Value
    }
    /// `for-each`.
    public static var name: String { "for-each" }
    private let values: [Value]
    private let revertsAll: Bool

    /// - Parameter revertsAll: whether the whole run is reverted after the last attempt, and not this flow alone.
    public init(_ values: [Value], revertsAll: Bool = false) {
        self.values = values
        self.revertsAll = revertsAll
    }

    /// Provides the next value.
    ///
    /// - Throws: ``NoValueLeft`` after the last.
    public func execute(_ input: Nothing, history: History<Output>) throws -> Output {
        guard history.attempts.count < values.count else { throw NoValueLeft() }
        return Output(value: values[history.attempts.count])
    }

    /// Decides by the number of attempts so far.
    public func onFailure(_ input: Nothing, history: History<Output>) -> Decision {
        history.attempts.count < values.count ? .retry : revertsAll ? .revertAll : .revert
    }
}

/// A retry that tries its flow once with each of the values of an input.
public struct ParameterizedForEach<Value: Codable & Sendable & Hashable>: Retry {
    /// The retry's input.
    public struct Input: Fields {
        /// The values to try.
        @Field public var values: [Value]
    }
    /// The values of an attempt.
    public struct Output: Fields {
        /// The value of this attempt.
        @Field public var value: Value
    }
    /// `parameterized-for-each`.
    public static var name: String { "parameterized-for-each" }
    private let revertsAll: Bool

    /// - Parameter revertsAll: whether the whole run is reverted after the last attempt, and not this flow alone.
    public init(of: Value.Type = Value.self, revertsAll: Bool = false) { self.revertsAll = revertsAll }

    /// Provides the next value.
    ///
    /// - Throws: ``NoValueLeft`` after the last.
    public func execute(_ input: Input, history: History<Output>) throws -> Output {
        guard history.attempts.count < input.values.count else { throw NoValueLeft() }
        return Output(value: input.values[history.attempts.count])
    }

    /// Decides by the number of attempts so far.
    public func onFailure(_ input: Input, history: History<Output>) -> Decision {
        history.attempts.count < input.values.count ? .retry : revertsAll ? .revertAll : .revert
    }
}

/// A retry has no more values to try.
public struct NoValueLeft: Error, Sendable, Hashable, Codable, CustomStringConvertible {
    /// The message for a person: what failed and why.
    public var description: String { "there is no value left to try" }
}
