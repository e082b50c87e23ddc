// What the mock server remembers.
export class Store {
  conversations = new Map();
  messages = new Map();
  seq = 0;

  addConversation(fields) {
    const conversation = {
      title: "", titleSource: "default", model: null, createdAt: Date.now(), updatedAt: fields.createdAt ?? Date.now(), messageCount: 0,
      isArchived: false, isPinned: false, folder: null, tags: [], headId: null, metadata: {}, rev: 1, seq: ++this.seq, ...fields,
    };
    this.conversations.set(conversation.id, conversation);
    return conversation;
  }

  addMessage(conversation, fields) {
    const message = {
      conversationId: conversation.id, parentId: null, role: "user", content: [], status: "complete", createdAt: Date.now(),
      metadata: {}, position: ++conversation.messageCount, seq: ++this.seq, ...fields,
    };
    this.messages.set(message.id, message);
    const siblings = this.children(conversation.id, message.parentId);
    siblings.push(message.id);
    conversation.headId = message.id;
    conversation.updatedAt = Date.now();
    conversation.seq = ++this.seq;
    return message;
  }

  childLists = new Map();
  children(conversationId, parentId) {
    const key = `${conversationId} ${parentId}`;
    if (!this.childLists.has(key)) this.childLists.set(key, []);
    return this.childLists.get(key);
  }

  path(headId) {
    const path = [];
    for (let id = headId; id; id = this.messages.get(id)?.parentId) path.unshift(this.messages.get(id));
    return path;
  }

  leafBelow(id) {
    let leaf = id;
    for (let list = this.children(this.messages.get(id).conversationId, leaf); list.length; list = this.children(this.messages.get(leaf).conversationId, leaf)) leaf = list.at(-1);
    return leaf;
  }

  withSiblings(message) {
    const siblingIds = this.children(message.conversationId, message.parentId);
    return { ...message, siblingCount: siblingIds.length, ...(siblingIds.length > 1 ? { siblingIds } : {}) };
  }
}
