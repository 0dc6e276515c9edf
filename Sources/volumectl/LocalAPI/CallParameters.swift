internal import Identity
internal import VolumeAPI
internal import VolumeDriver

/// The parameters of methods about one volume.
struct VolumeParameters: Decodable {
    let volume: String
}

/// What callers may leave out is `nil` in the parameters of all methods; a mistake in a value is told as an error of the
/// service, with what to do.
enum CallParameter {
    /// The name of something; `nil` if none is given.
    static func name(_ text: String?, as noun: String = "volume") throws(VolumeError) -> VolumeName? {
        guard let text else { return nil }
        do throws(VolumeNameError) {
            return try VolumeName(validating: text, as: noun)
        } catch {
            throw refusal(error.description)
        }
    }

    /// The id of something new; `nil` if none is given.
    static func id<Subject>(_ text: String?, as noun: String) throws(VolumeError) -> Identifier<Subject>? {
        guard let text else { return nil }
        guard let id = Identifier<Subject>(text) else {
            throw refusal("\(text.quoted) is no id of a \(noun): it is a UUID")
        }
        return id
    }

    /// A size.
    static func size(bytes: Int64) throws(VolumeError) -> SizeExpression {
        guard bytes > 0, let size = ByteCount(bytes: bytes) else { throw refusal("a size of \(bytes) bytes is none") }
        return .exactly(size)
    }

    /// The largest number of objects in a list; any without a limit.
    static func limit(_ limit: Int?) throws(VolumeError) -> Int {
        guard let limit else { return .max }
        guard limit > 0 else { throw refusal("a list of at most \(limit) objects is none: the limit is at least 1") }
        return limit
    }

    /// The error of a value that a parameter may not have.
    static func refusal(_ problem: String) -> VolumeError {
        VolumeError(.invalidInput, problem, remedies: [.advice("correct the parameter, and call again")])
    }
}

extension RequestControl {
    /// Waits as a caller wants it.
    ///
    /// - Parameter seconds: how long; `nil` until the flow ends, 0 not at all.
    init(waiting seconds: Int64?) throws(VolumeError) {
        self.init()
        guard let seconds else { return }
        guard (0...31_536_000).contains(seconds) else {
            throw CallParameter.refusal("a wait of \(seconds) seconds is none: it is from 0 to 31536000")
        }
        waits = seconds > 0
        deadline = waits ? .now + .seconds(seconds) : nil
    }
}
