internal import FoundationEssentials
internal import Synchronization

/// A ``FlowShape`` in its stored form. For a recipe it is made when it is first used, and once for all runs.
public struct RecordedShape: Sendable {
    private enum Form: Sendable {
        case text(String)
        case recipe(MadeOnce)
    }

    /// The shape of a recipe, which many runs share.
    private final class MadeOnce: Sendable {
        let recipe: Recipe
        let text = Mutex<String?>(nil)

        init(_ recipe: Recipe) { self.recipe = recipe }
    }

    private let form: Form

    /// Creates a shape from its stored form.
    public init(stored text: String) { form = .text(text) }

    init(of recipe: Recipe) { form = .recipe(MadeOnce(recipe)) }

    init(_ shape: FlowShape) { form = .text(shape.text) }

    /// The stored form: a JSON object. Equal shapes have equal texts.
    public var text: String {
        switch form {
        case .text(let text): text
        case .recipe(let made):
            made.text.withLock { known in
                let text = known ?? FlowShape(of: made.recipe).text
                known = text
                return text
            }
        }
    }

    /// Returns the shape.
    ///
    /// - Throws: `DecodingError` if the text is not the stored form of a shape.
    public func shape() throws -> FlowShape {
        switch form {
        case .text(let text): try JSONDecoder().decode(FlowShape.self, from: Data(text.utf8))
        case .recipe(let made): FlowShape(of: made.recipe)
        }
    }
}

extension RecordedShape: Hashable {
    /// Whether both are stored as the same text.
    public static func == (left: Self, right: Self) -> Bool {
        if case .recipe(let left) = left.form, case .recipe(let right) = right.form, left === right { return true }
        return left.text == right.text
    }

    /// Feeds the text to `hasher`.
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension RecordedShape: Codable {
    /// Reads the stored form.
    public init(from decoder: any Decoder) throws {
        self.init(stored: try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the stored form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
