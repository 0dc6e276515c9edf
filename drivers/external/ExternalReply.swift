internal import VolumeDriver

/// A reply: one JSON object with either a result or an error. Unknown keys are ignored.
struct ExternalReply<Result: Decodable>: Decodable {
    let version: Int
    let result: Result?
    let error: ExternalFailure?

    enum CodingKeys: String, CodingKey {
        case version = "protocol"
        case result, error
    }
}

/// The error in a reply.
struct ExternalFailure: Decodable {
    let code: String
    let message: String
    let cause: String?
    let remedy: String?
    let leftBehind: String?
    let mayRetry: Bool?

    enum CodingKeys: String, CodingKey {
        case code, message, cause, remedy
        case leftBehind = "left_behind"
        case mayRetry = "may_retry"
    }

    private static let codes: [DriverError.Code] = [
        .retryableElsewhere, .refused, .broken, .busy, .notFound, .unsupported, .foreignPool,
    ]

    /// `nil` if the code is not one of those for executables.
    var error: DriverError? {
        guard let code = Self.codes.first(where: { $0.description == code }) else { return nil }
        return DriverError(
            code,
            message.printable,
            cause: cause?.printable,
            remedy: remedy?.printable,
            leftBehind: leftBehind?.printable,
            mayRetry: mayRetry
        )
    }
}

extension String {
    /// The text without control characters, and cut to a readable length, because it comes from outside.
    var printable: String {
        var text = ""
        var scalars = unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            guard text.utf8.count < 4096 else { return text + "…" }
            let isShown =
                switch scalar.properties.generalCategory {
                case .control, .format, .surrogate, .lineSeparator, .paragraphSeparator: false
                default: true
                }
            text.unicodeScalars.append(isShown ? scalar : " ")
        }
        return text
    }
}
